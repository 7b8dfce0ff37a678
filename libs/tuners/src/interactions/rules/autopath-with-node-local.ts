import type { InteractionRule } from '../rule.js';
import { corefileGains, nodeLocalChange, nodeLocalRuns } from '../what-changes.js';

/** autopath finds the client's namespace by its address, which a cache in front hides. Source: domain.md 4.3. */
export const autopathWithNodeLocal: InteractionRule = {
  code: 'autopath-with-node-local',
  sentence: 'autopath needs the client’s own address, and a node-local cache in front hides it.',
  source: 'https://coredns.io/plugins/autopath/',
  check(profile) {
    const autopath = corefileGains(profile, 'autopath');
    if (autopath === null) return [];
    if (nodeLocalChange(profile)?.kind !== 'create' && !nodeLocalRuns(profile)) return [];
    return [
      {
        tuner: autopath.tuner,
        how: 'refuse',
        message:
          'CoreDNS sees nodes instead of pods as clients behind NodeLocal DNSCache, so autopath walks the wrong search path. Leave autopath out; the cache answers what does not exist by itself.',
      },
    ];
  },
};

import { objectText } from '@fairlead/core';
import { byText } from '../../by-text.js';
import type { InteractionRule } from '../rule.js';
import { modeSwitch } from '../what-changes.js';

/** Each restart is a risk and a wait of its own; one profile for each keeps cause and effect apart. Source: domain.md 8.1. */
export const workloadRestartedTwice: InteractionRule = {
  code: 'workload-restarted-twice',
  sentence:
    'Two tuners that restart one workload roll it twice, and neither’s effect is measured alone.',
  source: 'https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/',
  check(profile) {
    const byObject = new Map<string, Set<string>>();
    for (const change of profile.changes) {
      if (change.kind !== 'restart') continue;
      const name = objectText(change.object);
      byObject.set(name, (byObject.get(name) ?? new Set()).add(change.tuner));
    }
    return [...byObject]
      .filter(([, tuners]) => tuners.size > 1)
      .toSorted(([a], [b]) => byText(a, b))
      .map(([name, tuners]) => {
        const [first = '', ...others] = tuners;
        const last = others.at(-1) ?? first;
        const isSwitch = /kube-proxy/.test(name) && modeSwitch(profile) !== null;
        const more = isSwitch
          ? ' The first restart still runs in the old mode; connections are at risk in the second.'
          : '';
        return {
          tuner: last,
          how: 'warn' as const,
          message: `${name} is restarted by ${first} and again by ${others.join(' and ')}.${more} Two jobs would tell whose change helped.`,
        };
      });
  },
};

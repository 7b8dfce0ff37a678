import { valueAt, type Finding } from '@fairlead/core';
import { listed } from '../by-text.js';
import { isAtLeast } from '../version.js';
import { finding, keps, type AdviceInput } from './findings.js';
import { milestones } from './version-clock.js';
import { secondsIn } from './wanted-config.js';

/** What stands in the configuration, or does not, whatever the number of Services. */
export function adviseConfiguration(input: AdviceInput): Finding[] {
  return [...notInForce(input), ...unnamedMode(input), ...oldOverride(input)];
}

/** An edit that nobody made take effect: the next crash or reboot will. Source: domain.md 1.4. */
function notInForce({ nodes, configured }: AdviceInput): Finding[] {
  const others = nodes.filter(({ proxy }) => {
    const mode = proxy?.mode ?? null;
    return configured !== null && mode !== null && mode !== configured;
  });
  if (others.length === 0) return [];
  return [
    finding({
      code: 'kube-proxy-config-not-in-force',
      verdict: 'act',
      message: `kube-proxy on ${listed(others.map(({ name }) => name))} does not run in ${configured} mode as its configuration says: it was edited and not restarted, and the next reboot of a node applies it unplanned. Put the configuration back, or restart kube-proxy.`,
      evidence: others.map(({ name, proxy }) => ({
        what: `mode on ${name}`,
        value: proxy?.mode ?? '',
        where: 'kube-proxy’s /proxyMode',
      })),
      parameters: ['kube-proxy.mode'],
      sources: ['https://github.com/kubernetes/kubernetes/issues/57144'],
    }),
  ];
}

/** A mode left to the version's default changes with an upgrade. Source: domain.md 1.2 (KEP-5343). */
function unnamedMode({ configuration, mode, version }: AdviceInput): Finding[] {
  if (configuration === null || (configuration['mode'] ?? '') !== '' || mode === null) return [];
  if (mode !== 'iptables' && mode !== 'nftables') return [];
  if (isAtLeast(version, milestones.defaultChanges)) return [];
  return [
    finding({
      code: 'kube-proxy-mode-unnamed',
      verdict: 'consider',
      message: `The configuration names no mode, so the upgrade to ${milestones.defaultChanges} switches every node from ${mode} to nftables on the day. Write the mode down now; that restarts nothing.`,
      evidence: [{ what: 'mode', value: 'empty', where: 'kube-proxy’s configuration' }],
      parameters: ['kube-proxy.mode'],
      recommended: { mode },
      sources: [keps.nftablesByDefault],
    }),
  ];
}

/** A remedy of the time before partial syncs that now only delays. Source: domain.md 1.7 (KEP-3453). */
function oldOverride({ configuration, mode, version }: AdviceInput): Finding[] {
  if (configuration === null || mode !== 'iptables' || !isAtLeast(version, '1.28')) return [];
  const written = valueAt(configuration, ['iptables', 'minSyncPeriod']);
  if (typeof written !== 'string' || secondsIn(written) <= 1) return [];
  return [
    finding({
      code: 'kube-proxy-min-sync-period-long',
      verdict: 'consider',
      message: `iptables.minSyncPeriod is ${written}, so a change of a Service may wait that long. Since 1.28 a sync writes only what changed: with 1 s the median of network programming fell from 13 s to 5 s on 5000 nodes.`,
      evidence: [
        {
          what: 'iptables.minSyncPeriod',
          value: written,
          where: 'kube-proxy’s configuration',
        },
      ],
      parameters: ['kube-proxy.iptables.minSyncPeriod'],
      recommended: { mode: 'keep', iptables: { minSyncPeriodSeconds: 1 } },
      sources: [keps.partialSync],
    }),
  ];
}

import type { KernelKeyName, NodeValue, PlanDraft } from '@fairlead/core';
import { listed } from '../by-text.js';
import { withImplied } from '../conntrack/implied-writes.js';
import { conntrackView } from '../conntrack/kube-proxy.js';
import { tellFailing, type ProxyPlan } from '../conntrack/proxy-plan.js';
import { maxKey } from '../conntrack/timeouts.js';
import { addNodeChanges } from '../node-writes.js';
import type { ProxyConfigDaemonSet } from '../proxy-config/kube-proxy-view.js';
import { isAtLeast } from '../version.js';
import type { ProxyNode } from './seen-proxy.js';

/**
 * Kernel keys that were set by hand behind kube-proxy's back and that any restart of it sets to what
 * its `conntrack` section says. They are written beforehand, so that an undo has an original to go back
 * to. In a profile that also has the conntrack tuner, that one's writes replace these (see joinPlans).
 * Source: domain.md 2.2.
 *
 * @returns the ids' prefix is the tuner's; the restart that decides them is `restartId`
 */
export function addKernelResets(
  plan: PlanDraft,
  view: ProxyConfigDaemonSet,
  nodes: readonly ProxyNode[],
  restartId: string,
): void {
  const daemonSet = conntrackView(view);
  if (daemonSet.kind !== 'daemon-set') return;
  const section = daemonSet.section ?? {};
  const proxy: ProxyPlan = { daemonSet, before: section, after: section, nodes };
  tellFailing(plan, proxy);

  const resets = withImplied([], proxy, nodes).flatMap(({ key, writes }) => {
    const groups = changedOnly(key, writes.groups, view.version);
    return groups.size === 0 ? [] : [{ key, groups }];
  });
  if (resets.length === 0) return;
  tellBelowUse(plan, resets, nodes);
  for (const { key, groups } of resets) {
    addNodeChanges(plan, { idPrefix: 'kube-proxy', key, groups, decidedBy: restartId });
  }
  plan.warn(
    'restart-resets',
    `The restart of kube-proxy also sets ${listed(resets.map(({ key }) => key))} to what its configuration says. An undo writes the present values back; put them into the profile’s conntrack settings to keep them.`,
  );
}

type Groups = ReadonlyMap<string, readonly NodeValue[]>;

/** Without the nodes that keep their value: some versions only raise. */
function changedOnly(key: KernelKeyName, groups: Groups, version: string): Groups {
  const onlyRaises =
    (isAtLeast(version, '1.23') && !isAtLeast(version, '1.29')) ||
    (key === maxKey && isAtLeast(version, '1.38'));
  const changed = [...groups].flatMap(([after, before]) => {
    const left = before.filter(
      ({ value }) => value !== after && !(onlyRaises && Number(value) > Number(after)),
    );
    return left.length === 0 ? [] : [[after, left] as const];
  });
  return new Map(changed);
}

/** A table smaller than what it holds lets no new connection in. */
function tellBelowUse(
  plan: PlanDraft,
  resets: readonly { readonly key: KernelKeyName; readonly groups: Groups }[],
  nodes: readonly ProxyNode[],
): void {
  const groups = resets.find(({ key }) => key === maxKey)?.groups ?? new Map<string, NodeValue[]>();
  const full = [...groups].flatMap(([after, before]) =>
    before.filter(({ node }) => {
      const seen = nodes.find(({ name }) => name === node);
      return Number(seen?.values['net.netfilter.nf_conntrack_count'] ?? 0) >= Number(after);
    }),
  );
  if (full.length === 0) return;
  const names = full.map(({ node }) => node);
  plan.refuse(
    'below-current-use',
    `A restart of kube-proxy would make the connection table of ${listed(names)} smaller than what it holds now. Set its size with the conntrack tuner first.`,
    { nodes: names },
  );
}

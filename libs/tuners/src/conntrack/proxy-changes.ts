import { objectText, type KernelKeyName, type PlanDraft } from '@fairlead/core';
import { byText } from '../by-text.js';
import type { SeenNode } from '../seen-node.js';
import type { KubeProxyDaemonSet } from './kube-proxy.js';
import { restartId, writesUnder, type ProxyPlan } from './proxy-plan.js';
import { sectionEdits } from './wanted-section.js';

const editId = 'conntrack/kube-proxy-config';

/** kube-proxy's own configuration, its restart, and a look at what it made of it. */
export function addProxyChanges(
  plan: PlanDraft,
  proxy: ProxyPlan,
  written: readonly SeenNode[],
): void {
  const { daemonSet, before, after } = proxy;
  const { config } = daemonSet;
  if (config === null) return; // refused already: nobody lets us edit flags
  const edits = sectionEdits(config.dataKey, before, after);
  const fields = edits.map(({ path }) => path.join('.')).join(', ');
  plan.add({
    kind: 'edit',
    id: editId,
    summary: `Set ${fields} in ${objectText(config.object)}.`,
    object: config.object,
    edits,
  });
  // kube-proxy reads its configuration only when it starts (domain.md 1.4).
  plan.add({
    kind: 'restart',
    id: restartId,
    summary: `Restart the ${daemonSet.pods} pods of ${objectText(daemonSet.object)}.`,
    object: daemonSet.object,
    activates: [editId],
    deadlineSeconds: rollSeconds(daemonSet),
  });
  plan.restartsPods(daemonSet.pods);
  plan.rollsNodes(proxy.nodes.map(({ name }) => name));
  plan.evidence(
    'https://kubernetes.io/docs/reference/networking/virtual-ips/: rules stay in the kernel while kube-proxy is down.',
  );
  plan.note(
    'While kube-proxy restarts on a node its rules stay: connections go on, and only changes of Services wait for some seconds.',
  );
  addAwaits(plan, proxy, written);
}

function addAwaits(plan: PlanDraft, proxy: ProxyPlan, written: readonly SeenNode[]): void {
  const expected = new Map<string, { key: KernelKeyName; value: string; nodes: string[] }>();
  for (const node of proxy.nodes) {
    if (!written.some(({ name }) => name === node.name)) continue;
    const was = writesUnder(proxy.before, proxy, node);
    for (const [key, value] of writesUnder(proxy.after, proxy, node)) {
      const isThere = (node.values[key] ?? null) !== null;
      if (was.get(key) === value || !isThere) continue;
      const id = `${key}=${value}`;
      const { nodes } = expected.get(id) ?? { nodes: [] };
      expected.set(id, { key, value, nodes: [...nodes, node.name] });
    }
  }
  const sorted = [...expected].toSorted(([a], [b]) => byText(a, b));
  for (const [id, { key, value, nodes }] of sorted) {
    plan.add({
      kind: 'await',
      id: `conntrack/await/${id}`,
      summary: `Read ${key} on every node after the restart.`,
      condition: { type: 'node-values', key, value, nodes: nodes.toSorted(byText) },
      deadlineSeconds: 60,
    });
  }
}

/** A minute for each batch of pods that the DaemonSet replaces at once, and two to begin with. */
function rollSeconds({ pods, maxUnavailable }: KubeProxyDaemonSet): number {
  const atOnce =
    typeof maxUnavailable === 'number'
      ? maxUnavailable
      : Math.ceil((pods * Number.parseInt(maxUnavailable, 10)) / 100);
  const batches = Math.ceil(pods / Math.max(1, atOnce || 1));
  return Math.min(7200, 120 + 60 * batches);
}

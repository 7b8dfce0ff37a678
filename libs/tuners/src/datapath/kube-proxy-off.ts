import { objectText } from '@fairlead/core';
import { listed } from '../by-text.js';
import { refuseOwner, type Drafting } from './drafting.js';
import type { DatapathObservation, KubeProxySet } from './observation.js';

/** A label that no node has: with it in its node selector kube-proxy runs nowhere. */
export const keptOffLabel = 'fairlead.dev/kube-proxy-is-replaced';

/** Distributions that start kube-proxy themselves, where no object shows it. */
const inside = new Set([
  'k3s',
  'rke2',
  'k0s',
  'talos',
  'kops',
  'gke',
  'gardener',
  'openshift',
  'aks',
]);

/** kube-proxy as far as the API shows it running. */
export function runningProxies({ kubeProxies }: DatapathObservation): readonly KubeProxySet[] {
  return kubeProxies.filter(({ pods }) => pods > 0);
}

/**
 * Says no where kube-proxy cannot be kept off the nodes by its DaemonSet's node selector.
 *
 * @param replacement  who takes over, for sentences
 * @returns            the DaemonSet to keep off; null when none runs, or a refusal was made
 */
export function proxyToKeepOff(drafting: Drafting, replacement: string): KubeProxySet | null {
  const { plan, observed } = drafting;
  const hosts = observed.nodes.filter(({ platform }) => inside.has(platform ?? ''));
  const statics = (observed.hostNetwork ?? []).filter(({ workload }) =>
    /^(static pods|Pod) kube-system\/kube-proxy/.test(workload),
  );
  if (hosts.length > 0 || statics.length > 0) {
    plan.refuse(
      'kube-proxy-not-ours-to-stop',
      `kube-proxy may be run by the nodes’ own distribution or provider (${listed(hosts.length > 0 ? hosts.map(({ name }) => name) : statics.map(({ workload }) => workload))}), and two owners of Services break connections. Use its own setting to disable kube-proxy and to let ${replacement} take over.`,
    );
    return null;
  }
  const [only = null, ...others] = runningProxies(observed);
  if (only === null) return null;
  if (others.length > 0) {
    plan.refuse(
      'kube-proxy-not-ours-to-stop',
      `kube-proxy runs as ${listed([only, ...others].map(({ object }) => objectText(object)))}, which whoever made one per node pool keeps. Change it there.`,
    );
    return null;
  }
  if (only.object.name !== 'kube-proxy') {
    plan.refuse(
      'kube-proxy-not-ours-to-stop',
      `Fairlead’s account may change DaemonSet kube-system/kube-proxy alone, and this one is ${objectText(only.object)}. Change its node selector by hand.`,
    );
    return null;
  }
  refuseOwner(drafting, only.object, only.owner, nodeSelectorPatch);
  if (only.updateStrategy === 'OnDelete') {
    plan.refuse(
      'workload-will-not-roll',
      `${objectText(only.object)} has the update strategy OnDelete, so an undo would not bring its pods back. Set it to RollingUpdate.`,
    );
  }
  return only;
}

const nodeSelectorPatch = `spec:
  template:
    spec:
      nodeSelector:
        ${keptOffLabel}: 'true'
`;

/** Keeps kube-proxy off every node. Its rules stay in each kernel: open connections go on by them. */
export function addKeepOff({ plan }: Drafting, proxy: KubeProxySet): void {
  plan.add({
    kind: 'edit',
    id: 'datapath/kube-proxy-off',
    summary: `Keep ${objectText(proxy.object)} off every node.`,
    object: proxy.object,
    edits: [{ path: ['spec', 'template', 'spec', 'nodeSelector', keptOffLabel], after: 'true' }],
  });
  plan.add({
    kind: 'await',
    id: 'datapath/kube-proxy-is-off',
    summary: `See the ${proxy.pods} pods of ${objectText(proxy.object)} gone.`,
    condition: { type: 'rolled-out', object: proxy.object },
    deadlineSeconds: 600,
  });
  plan.warn(
    'kube-proxy-rules-stay',
    'kube-proxy leaves its rules in each node’s kernel when it goes. They are inert once Services are handled elsewhere; a reboot of the node, or kube-proxy --cleanup on it, takes them away.',
  );
}

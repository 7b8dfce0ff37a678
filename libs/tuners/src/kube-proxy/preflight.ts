import type { PlanDraft } from '@fairlead/core';
import { byText, listed } from '../by-text.js';
import { isAtLeast } from '../version.js';
import type { ProxyNode } from './seen-proxy.js';
import type { KubeProxySettings } from './settings.js';
import type { ProxyMode } from './version-clock.js';

/** The kernel that kube-proxy's nftables mode asks for. Source: domain.md 1.2. */
export const nftablesKernel = '5.13';

/** Says which nodes' kernels cannot do the mode, and what each lacks. Nothing is written before. */
export function tellUnable(
  plan: PlanDraft,
  mode: ProxyMode,
  nodes: readonly ProxyNode[],
  settings: KubeProxySettings,
): void {
  if (mode === 'nftables') {
    tellOldKernels(plan, nodes);
    tellLocalhostUsers(plan, nodes, settings);
  }
  const reasons = new Map<string, string[]>();
  for (const { name, support } of nodes) {
    if (support === null) continue;
    const { usable, why } = mode === 'nftables' ? support.nft : support[mode];
    if (!usable) reasons.set(why, [...(reasons.get(why) ?? []), name]);
  }
  for (const [why, names] of [...reasons].toSorted(([a], [b]) => byText(a, b))) {
    plan.refuse(
      'mode-unsupported',
      `${listed(names)} cannot run kube-proxy in ${mode} mode: ${sentence(why)} Load what is missing on every node, or leave the mode as it is.`,
      { nodes: names },
    );
  }
}

function tellOldKernels(plan: PlanDraft, nodes: readonly ProxyNode[]): void {
  const old = nodes.filter(({ kernel }) => !isAtLeast(kernel, nftablesKernel));
  if (old.length === 0) return;
  const kernels = [...new Set(old.map(({ kernel }) => kernel))];
  plan.refuse(
    'kernel-too-old',
    `kube-proxy’s nftables mode needs kernel ${nftablesKernel}; ${listed(old.map(({ name }) => name))} run ${listed(kernels)}, and kube-proxy would not start there. Take a newer kernel first.`,
    { nodes: old.map(({ name }) => name) },
  );
}

/** NodePorts on 127.0.0.1 do not answer in nftables mode, but for an alpha gate of 1.37. Source: domain.md 1.3.5. */
function tellLocalhostUsers(
  plan: PlanDraft,
  nodes: readonly ProxyNode[],
  { acknowledge }: KubeProxySettings,
): void {
  const used = nodes.filter(({ support }) => (support?.localhostNodePorts ?? 0) > 0);
  if (used.length === 0) return;
  const names = used.map(({ name }) => name);
  const counted = used.map(({ name, support }) => `${name} ${support?.localhostNodePorts}`);
  const message = `Packets to a NodePort on 127.0.0.1 were seen (${listed(counted)}), as a registry at localhost:3xxxx gets them. In nftables mode nothing answers there.`;
  if (acknowledge.includes('localhost-node-ports')) {
    plan.warn('localhost-node-ports', message, names);
    return;
  }
  plan.refuse(
    'localhost-node-ports',
    `${message} Change those clients, or put localhost-node-ports into acknowledge.`,
    { nodes: names },
  );
}

/** @param scheduler  as asked, or as it stands; null for the default */
export function tellScheduler(
  plan: PlanDraft,
  scheduler: string,
  nodes: readonly ProxyNode[],
): void {
  const lacking = nodes.filter(
    ({ support }) =>
      support !== null && support.ipvs.usable && !support.ipvs.schedulers.includes(scheduler),
  );
  if (lacking.length === 0) return;
  const names = lacking.map(({ name }) => name);
  plan.refuse(
    'scheduler-missing',
    `The kernel of ${listed(names)} has no module ip_vs_${scheduler}. Load it there, or take a scheduler that every node has.`,
    { nodes: names },
  );
}

/** Every node of kube-proxy has to be there and seen: one configuration is for all of them. */
export function tellUnseen(plan: PlanDraft, nodes: readonly ProxyNode[]): void {
  const away = nodes.filter(({ ready, problem }) => !ready || problem !== null);
  if (away.length > 0) {
    const names = away.map(({ name }) => name);
    plan.refuse(
      'node-unreachable',
      `${listed(names)} could not be looked at (${listed([...new Set(away.map(reasonOf))])}), and kube-proxy’s configuration is one for all nodes. Repair or remove them, then ask again: Start with the node’s own events.`,
      { nodes: names },
    );
  }
  const unseen = nodes.filter(
    ({ ready, problem, support }) => ready && problem === null && support === null,
  );
  if (unseen.length > 0) {
    const names = unseen.map(({ name }) => name);
    plan.refuse(
      'support-unseen',
      `What the kernel of ${listed(names)} can do could not be read. Check that the agents on the cluster are of this version.`,
      { nodes: names },
    );
  }
}

function reasonOf({ ready, problem }: ProxyNode): string {
  return ready ? (problem ?? 'no answer') : 'not Ready';
}

/** kube-proxy has to run, and to run as its configuration says: otherwise a restart changes more than was asked. */
export function tellNotInForce(
  plan: PlanDraft,
  configured: ProxyMode,
  nodes: readonly ProxyNode[],
): void {
  const answering = nodes.filter(({ ready, problem }) => ready && problem === null);
  const silent = answering.filter(({ proxy }) => (proxy?.mode ?? null) === null);
  if (silent.length > 0) {
    const names = silent.map(({ name }) => name);
    plan.refuse(
      'kube-proxy-silent',
      `kube-proxy on ${listed(names)} does not answer on its own port. Repair it there first, or set metricsBindAddress back to 127.0.0.1:10249.`,
      { nodes: names },
    );
  }
  const others = answering.filter(({ proxy }) => {
    const mode = proxy?.mode ?? null;
    return mode !== null && mode !== configured;
  });
  if (others.length === 0) return;
  const names = others.map(({ name }) => name);
  const modes = [...new Set(others.map(({ proxy }) => proxy?.mode ?? ''))];
  plan.refuse(
    'config-not-in-force',
    `kube-proxy on ${listed(names)} runs in ${listed(modes)} mode, but its configuration says ${configured}: it was changed and the pods were not restarted. Put the configuration back, or restart kube-proxy, and ask again: Check which of the two is wanted.`,
    { nodes: names },
  );
}

function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return 'its kernel lacks what the mode needs.';
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

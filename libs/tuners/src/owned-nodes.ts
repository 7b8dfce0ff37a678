import type { KernelKeyName, PlanDraft } from '@fairlead/core';
import { listed } from './by-text.js';
import { platformOf } from './node-platform.js';
import { tellUnsupported, type UnsupportedNodes } from './node-writes.js';
import type { SeenNode } from './seen-node.js';

/** One key as it is to be, for whoever has to write it down elsewhere. */
export interface KeyLine {
  readonly key: KernelKeyName;
  readonly text: string;
}

/** Operating systems whose own configuration is the only place for kernel keys, and its form. */
const systems = {
  talos: {
    title: 'Talos',
    place: 'its machine configuration',
    patch: (lines: readonly KeyLine[]) =>
      ['machine:', '  sysctls:', ...lines.map(({ key, text }) => `    ${key}: "${text}"`)].join(
        '\n',
      ),
  },
  bottlerocket: {
    title: 'Bottlerocket',
    place: 'its settings',
    patch: (lines: readonly KeyLine[]) =>
      ['[settings.kernel.sysctl]', ...lines.map(({ key, text }) => `"${key}" = "${text}"`)].join(
        '\n',
      ),
  },
} as const;

/** The nodes whose kernel keys may be written by us; the others are told. Source: domain.md 3.4. */
export function withoutOwnedNodes(
  plan: PlanDraft,
  policy: UnsupportedNodes,
  nodes: readonly SeenNode[],
  lines: readonly KeyLine[],
): readonly SeenNode[] {
  for (const [platform, { title, place, patch }] of Object.entries(systems)) {
    const names = nodes.filter((node) => platformOf(node) === platform).map(({ name }) => name);
    tellUnsupported(plan, policy, {
      code: 'parameter-owned',
      message: `${title} keeps the kernel keys of ${listed(names)} in ${place}. Put them there.`,
      nodes: names,
      patch: patch(lines),
    });
  }
  tellNodePools(plan, nodes);
  return nodes.filter((node) => !Object.hasOwn(systems, platformOf(node) ?? ''));
}

const nodePools = {
  aks: 'linuxOSConfig.sysctls of the AKS node pool',
  gke: 'linuxNodeConfig.sysctls of the GKE node pool',
  eks: 'the node group’s launch template or EC2NodeClass',
  gardener: 'the Shoot’s worker pool',
  kops: 'the kOps instance group',
} as const;

/** What a node pool says of kernel keys is not visible in the Kubernetes API. */
function tellNodePools(plan: PlanDraft, nodes: readonly SeenNode[]): void {
  for (const [platform, place] of Object.entries(nodePools)) {
    const names = nodes.filter((node) => platformOf(node) === platform).map(({ name }) => name);
    if (names.length === 0) continue;
    plan.warn(
      'node-config-may-own',
      `${listed(names)} may get other values from ${place} when a node is made anew. Put lasting values there.`,
      names,
    );
  }
}

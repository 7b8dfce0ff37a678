import { objectText, type PlanDraft } from '@fairlead/core';
import type { SeenNode } from '../seen-node.js';
import type { ProxyConfigDaemonSet } from './kube-proxy-view.js';

/** Whether kube-proxy's DaemonSet puts a pod on the node. */
export function runsOn(
  { nodeSelector }: Pick<ProxyConfigDaemonSet, 'nodeSelector'>,
  node: Pick<SeenNode, 'os' | 'labels'>,
): boolean {
  const selector = Object.entries(nodeSelector);
  return node.os === 'linux' && selector.every(([label, value]) => node.labels[label] === value);
}

type Kept = Pick<ProxyConfigDaemonSet, 'object' | 'owner' | 'updateStrategy'> & {
  readonly config: Pick<
    NonNullable<ProxyConfigDaemonSet['config']>,
    'object' | 'owner' | 'immutable'
  > | null;
};

/** Says no where somebody else keeps kube-proxy's configuration or DaemonSet, with the change as a patch. */
export function refuseForeignOwner(plan: PlanDraft, daemonSet: Kept, patch: string): void {
  const { config } = daemonSet;
  if (config === null) {
    plan.refuse(
      'parameter-owned',
      `${objectText(daemonSet.object)} is configured by flags, which whoever made it keeps. Change them there.`,
      { patch },
    );
    return;
  }
  for (const { object, owner } of [config, daemonSet]) {
    if (owner === null) continue;
    plan.refuse(
      'parameter-owned',
      `${objectText(object)} is kept by ${owner.name}. ${owner.advice}`,
      { patch },
    );
  }
  if (config.immutable) {
    plan.refuse(
      'parameter-owned',
      `${objectText(config.object)} is immutable: whoever made it replaces it as a whole. Change it at its source.`,
      { patch },
    );
  }
  if (daemonSet.updateStrategy === 'OnDelete') {
    plan.refuse(
      'workload-will-not-roll',
      `The pods of ${objectText(daemonSet.object)} would not be replaced: its update strategy is OnDelete. Set it to RollingUpdate.`,
    );
  }
}

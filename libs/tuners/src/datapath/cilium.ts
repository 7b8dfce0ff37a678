import { objectText, type ObjectRef } from '@fairlead/core';
import { byText, listed } from '../by-text.js';
import type { SeenAgents } from '../cni/seen-cni.js';
import type { SeenCilium } from '../cni/seen-cilium.js';
import { isAtLeast } from '../version.js';
import { replacementChange } from './cilium-replacement.js';
import { routingChange } from './cilium-routing.js';
import { refuseOwner, refuseUnfit, refuseUnfitAgents, type Drafting } from './drafting.js';
import { addKeepOff } from './kube-proxy-off.js';
import type { KubeProxySet } from './observation.js';
import type { CiliumSettings } from './settings.js';

export const ciliumEditId = 'datapath/cilium-config';

/** Keys of cilium-config with what they become. */
export interface CiliumChange {
  /** Key → value, as the ConfigMap holds them; only those that differ. */
  readonly values: ReadonlyMap<string, string>;
  /** The same in the chart's words, for whoever keeps the release. */
  readonly patch: string;
  readonly proxyToKeepOff: KubeProxySet | null;
}

type Config = NonNullable<SeenCilium['config']>;

/**
 * Cilium's Services and routing: one edit of cilium-config, one roll of the agents. Everything that the
 * API can tell is checked; what it cannot is asked for by name. Sources: domain.md 6.2, 8.2.
 */
export function planCilium(drafting: Drafting, asked: CiliumSettings): void {
  const { plan, observed } = drafting;
  const config = observed.cni.cilium?.config ?? null;
  if (config === null) {
    plan.refuse(
      'cilium-config-unreadable',
      'ConfigMap cilium-config, where Cilium’s agents take their configuration from, could not be read. Check that it exists, and grant the right to read it.',
    );
    return;
  }
  const changes = [
    replacementChange(drafting, asked, config),
    routingChange(drafting, asked, config),
  ];
  const wanted = changes.filter((change) => change !== null);
  const [change] = wanted;
  if (change === undefined) return;
  if (wanted.length > 1) {
    plan.refuse(
      'one-datapath-change-at-a-time',
      'The way of Services and the way between nodes would change in one restart, and nobody could tell which of them did harm. Ask for one of them first, and for the other when that is measured.',
      { patch: wanted.map(({ patch }) => patch).join('') },
    );
    return;
  }
  refuseCilium(drafting, config, change);
  addCilium(drafting, config, change);
}

function refuseCilium(drafting: Drafting, config: Config, change: CiliumChange): void {
  const { plan, observed } = drafting;
  const { cilium, version, agents } = observed.cni;
  refuseUnfit(drafting, '5.10', 'Cilium’s data plane');
  refuseUnfitAgents(drafting, true);
  const isEdited = change.values.size > 0;
  if (isEdited) refuseOwner(drafting, config.object, config.owner, change.patch);
  if (isEdited && agents !== null) refuseOwner(drafting, agents.object, agents.owner, change.patch);
  if (isEdited && config.immutable) {
    plan.refuse(
      'parameter-owned',
      `${objectText(config.object)} is immutable: whoever made it replaces it as a whole. Change it at its source.`,
      { patch: change.patch },
    );
  }
  if (version === null || !isAtLeast(version, '1.14')) {
    plan.refuse(
      'cilium-too-old',
      `These keys exist since Cilium 1.14, and the agents’ image tells ${version ?? 'no version'}. Take a newer Cilium first.`,
    );
  }
  const chaining = config.values['cni-chaining-mode'] ?? 'none';
  if (chaining !== 'none') {
    plan.refuse(
      'cni-chained',
      `Cilium runs chained (cni-chaining-mode is ${chaining}), and the other plugin decides about addresses and routes. Change it there.`,
    );
  }
  const overruling = (cilium?.nodeConfigs ?? [])
    .filter(({ defaults }) => [...change.values.keys()].some((key) => Object.hasOwn(defaults, key)))
    .map(({ object }) => objectText(object));
  if (overruling.length > 0) {
    plan.refuse(
      'cilium-node-config-overrules',
      `${listed(overruling)} overrules the same keys on some nodes. Change or remove it first.`,
    );
  }
}

function addCilium(drafting: Drafting, config: Config, change: CiliumChange): void {
  if (change.values.size > 0) addEdit(drafting, config, change.values);
  if (change.proxyToKeepOff !== null) addKeepOff(drafting, change.proxyToKeepOff);
}

function addEdit(drafting: Drafting, config: Config, values: CiliumChange['values']): void {
  const { plan, observed } = drafting;
  const keys = [...values.keys()].toSorted(byText);
  plan.add({
    kind: 'edit',
    id: ciliumEditId,
    summary: `Set ${listed(keys)} in ${objectText(config.object)}.`,
    object: config.object,
    edits: keys.map((key) => {
      const before = config.values[key];
      return {
        path: ['data', key],
        ...(before !== undefined && { before }),
        after: values.get(key) ?? '',
      };
    }),
  });
  const { agents } = observed.cni;
  if (agents !== null) addRestart(drafting, agents.object, agents);
}

/** Cilium reads its ConfigMap when it starts; pods keep their connections while an agent restarts. */
function addRestart({ plan, observed }: Drafting, object: ObjectRef, agents: SeenAgents): void {
  plan.add({
    kind: 'restart',
    id: 'datapath/restart-cilium',
    summary: `Restart the ${agents.pods} pods of ${objectText(object)}.`,
    object,
    activates: [ciliumEditId],
    deadlineSeconds: rollSeconds(agents),
  });
  plan.restartsPods(agents.pods);
  plan.rollsNodes(observed.nodes.filter(({ os }) => os === 'linux').map(({ name }) => name));
}

/** Two minutes for each batch of agents that the DaemonSet replaces at once, and two to begin with. */
function rollSeconds({ pods, maxUnavailable }: SeenAgents): number {
  const atOnce =
    typeof maxUnavailable === 'number'
      ? maxUnavailable
      : Math.ceil((pods * Number.parseInt(maxUnavailable, 10)) / 100);
  return Math.min(7200, 120 + 120 * Math.ceil(pods / Math.max(1, Math.trunc(atOnce) || 1)));
}

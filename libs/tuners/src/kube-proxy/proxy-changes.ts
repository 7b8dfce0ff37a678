import {
  objectText,
  type NodeByNode,
  type NodeHealth,
  type PathEdit,
  type PlanDraft,
} from '@fairlead/core';
import { listed } from '../by-text.js';
import type { ProxyConfigDaemonSet } from '../proxy-config/kube-proxy-view.js';
import { nodeOrder } from './node-order.js';
import type { KubeProxyObservation } from './observe.js';
import type { ProxyNode } from './seen-proxy.js';
import type { KubeProxySettings } from './settings.js';
import { hopsBetween, maySeeNftables, type Hop } from './switch.js';
import type { ProxyMode } from './version-clock.js';
import { editOf, type WantedField } from './wanted-config.js';

export const finalRestartId = 'kube-proxy/restart';

export interface ProxySwitch {
  readonly daemonSet: ProxyConfigDaemonSet;
  readonly from: ProxyMode;
  readonly to: ProxyMode;
  /** What to write into `mode`; null when it stays as it is written. */
  readonly mode: ProxyMode | null;
  readonly wanted: readonly WantedField[];
  readonly settings: KubeProxySettings;
  readonly observed: KubeProxyObservation;
  readonly nodes: readonly ProxyNode[];
}

/** Edits and restarts, one pair for each mode on the way. */
export function addProxySwitch(plan: PlanDraft, change: ProxySwitch): void {
  const { daemonSet, from, to, mode, wanted, observed, nodes } = change;
  if (daemonSet.config === null || nodes.length === 0) return; // refused already
  const hops = hopsBetween(from, to, maySeeNftables(observed, nodes));
  let held = daemonSet.configuration;
  for (const hop of hops.slice(0, -1)) {
    addHop(plan, change, { ...hop, edits: modeEdit(change, held, hop.to), isLast: false });
    held = { ...held, mode: hop.to };
  }
  const edits = [
    ...(mode === null ? [] : modeEdit(change, held, mode)),
    ...wanted.map(({ field, value }) => editOf(dataKeyOf(change), field.path, held, value)),
  ];
  if (edits.length === 0) return;
  const last = hops.at(-1) ?? { from, to, cleanUp: false };
  addHop(plan, change, { ...last, edits, isLast: true });
}

function modeEdit(change: ProxySwitch, held: ProxyConfigDaemonSet['configuration'], mode: string) {
  return [editOf(dataKeyOf(change), ['mode'], held, mode)];
}

function dataKeyOf({ daemonSet }: ProxySwitch): string {
  return daemonSet.config?.dataKey ?? '';
}

interface EditedHop extends Hop {
  readonly edits: readonly PathEdit[];
  readonly isLast: boolean;
}

function addHop(plan: PlanDraft, change: ProxySwitch, hop: EditedHop): void {
  const { from, to, edits, isLast } = hop;
  const { daemonSet, wanted } = change;
  const { config } = daemonSet;
  if (config === null) return;
  const suffix = isLast ? '' : `-${to}`;
  const editId = `kube-proxy/config${suffix}`;
  plan.add({
    kind: 'edit',
    id: editId,
    summary: `Set ${listed(edits.map(editText))} in ${objectText(config.object)}.`,
    object: config.object,
    edits: [...edits],
  });
  if (from === to && wanted.length === 0) return; // only written down: it is in force by default

  const nodeByNode = nodeByNodeOf(change, hop);
  // kube-proxy reads its configuration only when it starts (domain.md 1.4).
  plan.add({
    kind: 'restart',
    id: `${finalRestartId}${suffix}`,
    summary: `Restart kube-proxy on ${nodeByNode.nodes.length} nodes, one after the other, ${nodeByNode.nodes[0]} first${whatIsSeen(hop)}.`,
    object: daemonSet.object,
    activates: [editId],
    deadlineSeconds: deadlineOf(nodeByNode),
    nodeByNode,
  });
  plan.restartsPods(nodeByNode.nodes.length);
  plan.rollsNodes(nodeByNode.nodes);
  if (from === to) {
    plan.note(
      'While kube-proxy restarts on a node its rules stay: connections go on, and only changes of Services wait for some seconds.',
    );
  }
}

function whatIsSeen({ from, to, cleanUp }: Hop): string {
  if (from === to) return '';
  const how = cleanUp ? '; kube-proxy’s own clean-up runs between' : '';
  return `; on each see ${to} mode at work and nothing left of ${from} mode${how}`;
}

function editText({ path, after }: PathEdit): string {
  return `${path.join('.')} to ${typeof after === 'string' ? after : JSON.stringify(after)}`;
}

function nodeByNodeOf(change: ProxySwitch, { from, to, cleanUp }: Hop): NodeByNode {
  const { settings, observed, nodes } = change;
  const connect = observed.apiService;
  const health: NodeHealth = { proxyMode: to, rulesGoneOf: from === to ? null : from, connect };
  const healthBefore: NodeHealth = {
    proxyMode: from,
    rulesGoneOf: from === to ? null : to,
    connect,
  };
  return {
    nodes: nodeOrder(nodes, settings.canaries),
    secondsPerNode: settings.secondsPerNode,
    health,
    healthBefore,
    ...(cleanUp && { cleanUp }),
  };
}

/** The restart as a whole: every node may take its time, and a minute more for looking. */
function deadlineOf({ nodes, secondsPerNode }: NodeByNode): number {
  return Math.min(86_400, 60 + nodes.length * (secondsPerNode + 15));
}

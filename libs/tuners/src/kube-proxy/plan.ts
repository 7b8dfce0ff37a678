import { PlanDraft, valueAt, type JsonObject, type Plan } from '@fairlead/core';
import { byName, listed } from '../by-text.js';
import { refuseForeignOwner, runsOn } from '../proxy-config/rolling.js';
import { isAtLeast } from '../version.js';
import { configuredMode } from './configured-mode.js';
import { addKernelResets } from './kernel-resets.js';
import { tellModeStage, tellNoWayBack } from './mode-stage.js';
import type { KubeProxyObservation } from './observe.js';
import { tellNotInForce, tellScheduler, tellUnable, tellUnseen } from './preflight.js';
import { addProxySwitch, finalRestartId } from './proxy-changes.js';
import type { ProxyNode } from './seen-proxy.js';
import type { KubeProxySettings } from './settings.js';
import { sourcePatch } from './source-patch.js';
import { tellSurroundings } from './surroundings.js';
import { tellConnections } from './switch.js';
import { tellSwitchEffects } from './switch-effects.js';
import { isInForce, wantedFields, type WantedField } from './wanted-config.js';
import type { ProxyMode } from './version-clock.js';

/**
 * Plans kube-proxy's mode and the fields of a mode. Pure; never throws.
 *
 * @param settings  the mode, or `keep`, and fields for the mode that will be in force
 * @param observed  kube-proxy's configuration, each node's kernel and rules, and what keys on the mode
 * @returns         the edit of its configuration, then its restart node by node; between iptables and
 *                  ipvs by way of nftables or past a clean-up. Kernel keys that the restart sets stand
 *                  before both. Nothing when it is so already.
 * Source: domain.md 1.
 */
export function planKubeProxy(settings: KubeProxySettings, observed: KubeProxyObservation): Plan {
  const plan = new PlanDraft('kube-proxy');
  const { kubeProxy } = observed;
  const fields = wantedFields(settings);
  if (kubeProxy.kind !== 'daemon-set') {
    tellNowhere(plan, settings, observed, fields);
    return plan.finish();
  }
  const { configuration, version } = kubeProxy;
  const from = configuredMode(configuration, version);
  if (from === null) {
    const word = JSON.stringify(configuration['mode']);
    plan.refuse(
      'kube-proxy-config-unreadable',
      `kube-proxy’s configuration asks for mode ${word}, which is none. Repair it first.`,
    );
    return plan.finish();
  }
  const to = settings.mode === 'keep' ? from : settings.mode;
  tellOtherModes(plan, to, fields, version);
  const wanted = fields.filter((field) => !isInForce(field, configuration));
  const isNamed = settings.mode === 'keep' || configuration['mode'] === to;
  if (isNamed && wanted.length === 0) return plan.finish();

  const nodes = observed.nodes.filter((node) => runsOn(kubeProxy, node)).toSorted(byName);
  const mode = isNamed ? null : to;
  refuseForeignOwner(plan, kubeProxy, sourcePatch({ mode, fields: wanted }, observed.nodes));
  tellReplaced(plan, observed);
  tellUnseen(plan, nodes);
  tellNotInForce(plan, from, nodes);
  tellNoWayBack(plan, from, version, configuration['featureGates']);
  if (from !== to) tellSwitch(plan, { from, to, wanted, settings, observed, nodes });
  if (to === 'ipvs') tellScheduler(plan, schedulerOf(configuration, wanted), nodes);

  // A mode that is only written down, since it is in force by default, needs no restart.
  const restarts = from !== to || wanted.length > 0;
  if (restarts) addKernelResets(plan, kubeProxy, nodes, finalRestartId);
  addProxySwitch(plan, { daemonSet: kubeProxy, from, to, mode, wanted, settings, observed, nodes });
  return plan.finish();
}

interface Switch {
  readonly from: ProxyMode;
  readonly to: ProxyMode;
  readonly wanted: readonly WantedField[];
  readonly settings: KubeProxySettings;
  readonly observed: KubeProxyObservation;
  readonly nodes: readonly ProxyNode[];
}

function tellSwitch(plan: PlanDraft, change: Switch): void {
  const { from, to, wanted, settings, observed, nodes } = change;
  if (observed.kubeProxy.kind !== 'daemon-set') return;
  const { configuration, version } = observed.kubeProxy;
  const gates = configuration['featureGates'];
  tellModeStage(plan, to, version, gates);
  tellUnable(plan, to, nodes, settings);
  const strictARP = truthOf(configuration, wanted, 'ipvs.strictARP');
  tellSurroundings(plan, { from, to, strictARP }, observed);
  tellSwitchEffects(plan, { from, to, wanted, observed, nodes });
  tellConnections(plan, from, to, nodes);
}

function truthOf(
  configuration: JsonObject,
  wanted: readonly WantedField[],
  name: WantedField['name'],
): boolean {
  const asked = wanted.find((field) => field.name === name);
  return (asked?.value ?? valueAt(configuration, name.split('.'))) === true;
}

function schedulerOf(configuration: JsonObject, wanted: readonly WantedField[]): string {
  const asked = wanted.find(({ name }) => name === 'ipvs.scheduler')?.value;
  const held = asked ?? valueAt(configuration, ['ipvs', 'scheduler']);
  return typeof held === 'string' && held !== '' ? held : 'rr';
}

/** No kube-proxy, or none whose configuration is an object here. */
function tellNowhere(
  plan: PlanDraft,
  settings: KubeProxySettings,
  { kubeProxy, nodes, version, cni }: KubeProxyObservation,
  fields: readonly WantedField[],
): void {
  if (kubeProxy.kind === 'absent') {
    const instead =
      cni.kubeProxyReplacement?.configured === 'on' ? `, and ${cni.title} does its work` : '';
    plan.refuse(
      'no-kube-proxy',
      `No kube-proxy runs on this cluster${instead}. Leave kube-proxy out of the profile.`,
    );
    return;
  }
  if (kubeProxy.kind === 'unreadable') {
    plan.refuse(
      'kube-proxy-config-unreadable',
      `kube-proxy’s configuration could not be read: ${kubeProxy.why}. Repair it, or grant the right to read it.`,
    );
    return;
  }
  if (kubeProxy.kind !== 'elsewhere') return;
  const modes = nodes.filter(({ os }) => os === 'linux').map(({ proxy }) => proxy?.mode ?? null);
  const isSo = settings.mode !== 'keep' && modes.every((mode) => mode === settings.mode);
  if (isSo && fields.length === 0 && modes.length > 0) return;
  const mode = settings.mode === 'keep' ? null : settings.mode;
  if (mode !== null) tellModeStage(plan, mode, version, {});
  plan.refuse(
    'parameter-owned',
    `kube-proxy is configured by ${kubeProxy.where}, not by an object in the cluster. ${kubeProxy.advice}`,
    { patch: sourcePatch({ mode, fields }, nodes) },
  );
}

/** Fields that the mode does not read, and words that the version does not know. */
function tellOtherModes(
  plan: PlanDraft,
  mode: ProxyMode,
  fields: readonly WantedField[],
  version: string,
): void {
  const idle = fields.filter(({ field }) => !field.modes.some((reader) => reader === mode));
  if (idle.length > 0) {
    plan.refuse(
      'settings-of-another-mode',
      `kube-proxy does not read ${listed(idle.map(({ name }) => name))} in ${mode} mode. Leave them out, or ask for their mode.`,
    );
  }
  const addresses = fields.find(({ name }) => name === 'nodePortAddresses')?.value;
  const words = (Array.isArray(addresses) ? addresses : []).filter(
    (word: unknown): word is string =>
      (word === 'primary' && !isAtLeast(version, '1.31')) ||
      ((word === 'localhost' || word === 'all') && !isAtLeast(version, '1.37')),
  );
  if (words.length === 0) return;
  plan.refuse(
    'words-too-new',
    `kube-proxy ${version} does not know ${listed(words)} in nodePortAddresses. Use address ranges such as 0.0.0.0/0 instead.`,
  );
}

/** Two programs for one job: a CNI that does kube-proxy's work makes its mode a matter of nothing. */
function tellReplaced(plan: PlanDraft, { cni }: KubeProxyObservation): void {
  if (cni.kubeProxyReplacement?.configured !== 'on') return;
  plan.refuse(
    'kube-proxy-replaced',
    `${cni.title} does kube-proxy’s work (${cni.kubeProxyReplacement.where}), so its mode changes nothing but risks. Take kube-proxy out of the cluster instead, or leave it.`,
  );
}

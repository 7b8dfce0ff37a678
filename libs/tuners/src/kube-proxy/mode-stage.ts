import type { Json, PlanDraft } from '@fairlead/core';
import { isObject } from '../json-reading.js';
import { milestones, stageOf, startsIn, type ProxyMode } from './version-clock.js';

/** What the version says of the mode: no, or what is to come. Source: domain.md 1.2. */
export function tellModeStage(
  plan: PlanDraft,
  mode: ProxyMode,
  version: string,
  featureGates: Json | undefined,
): void {
  const { stage, gate } = stageOf(mode, version);
  if (stage === 'removed') {
    plan.refuse(
      'mode-removed',
      `kube-proxy ${version} has no ${mode} mode any more: it was removed in ${milestones.ipvsRemoved}. Take nftables.`,
    );
    return;
  }
  if (stage === 'unknown') {
    plan.refuse(
      'mode-too-new',
      `kube-proxy ${version} has no ${mode} mode yet. Leave the mode as it is until the cluster runs ${milestones.nftablesStable} or later.`,
    );
    return;
  }
  if (!startsIn(mode, version, isObject(featureGates) ? featureGates : {})) {
    plan.refuse(
      'mode-gated',
      mode === 'ipvs'
        ? `kube-proxy ${version} exits when it is asked for ipvs: feature gate ${gate} is off, and the mode is removed in ${milestones.ipvsRemoved}. Take nftables.`
        : `kube-proxy ${version} does not start in ${mode} mode: feature gate ${gate} is off. Leave the mode as it is until the cluster runs ${milestones.nftablesStable} or later.`,
    );
    return;
  }
  if (stage === 'deprecated') {
    plan.warn(
      'mode-deprecated',
      `${mode} mode is deprecated since ${milestones.ipvsDeprecated}, off by default in ${milestones.ipvsOffByDefault}, where kube-proxy exits when it is asked for it, and removed in ${milestones.ipvsRemoved}. nftables mode replaces it.`,
    );
  }
  if (stage === 'alpha' || stage === 'beta') {
    plan.warn(
      'mode-not-stable',
      `${mode} mode is ${stage} in ${version} and stable since ${milestones.nftablesStable}.`,
    );
  }
}

/** Pods of an older version may still run in a mode that the present one does not start in: an undo could not. */
export function tellNoWayBack(
  plan: PlanDraft,
  from: ProxyMode,
  version: string,
  featureGates: Json | undefined,
): void {
  if (startsIn(from, version, isObject(featureGates) ? featureGates : {})) return;
  plan.refuse(
    'no-way-back',
    `kube-proxy’s DaemonSet asks for version ${version}, which does not start in ${from} mode as it is configured, so nothing here could be undone. Put the version back that runs now, switch the mode, and then upgrade.`,
  );
}

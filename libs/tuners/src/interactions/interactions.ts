import type { PlannedPart, ProfileFindings, Refusal, Warning } from '@fairlead/core';
import { ownershipConflicts } from '../ownership/conflicts.js';
import { ProfileView } from './profile-view.js';
import type { InteractionRule } from './rule.js';
import { autopathWithNodeLocal } from './rules/autopath-with-node-local.js';
import { calicoDataplaneWithModeSwitch } from './rules/calico-dataplane-with-mode-switch.js';
import { localDnsWithNodeLocal } from './rules/local-dns-with-node-local.js';
import { modeSwitchWithMtu } from './rules/mode-switch-with-mtu.js';
import { mtuWithEncapsulation } from './rules/mtu-with-encapsulation.js';
import { nodeLocalWithModeSwitch } from './rules/node-local-with-mode-switch.js';
import { nodeLocalWithReplacement } from './rules/node-local-with-replacement.js';
import { replacementWithConntrack } from './rules/replacement-with-conntrack.js';
import { replacementWithKubeProxy } from './rules/replacement-with-kube-proxy.js';
import { scalerWithScaler } from './rules/scaler-with-scaler.js';
import { workloadRestartedTwice } from './rules/workload-restarted-twice.js';

/** Every rule about two tuners, or a tuner and what is there already. Source: domain.md 8.1, 8.4. */
export const interactionRules: readonly InteractionRule[] = [
  nodeLocalWithModeSwitch,
  nodeLocalWithReplacement,
  localDnsWithNodeLocal,
  autopathWithNodeLocal,
  replacementWithKubeProxy,
  replacementWithConntrack,
  calicoDataplaneWithModeSwitch,
  scalerWithScaler,
  mtuWithEncapsulation,
  modeSwitchWithMtu,
  workloadRestartedTwice,
];

/**
 * Looks across a profile's parts: two writers of one parameter, and things that do not go together. Pure.
 *
 * @param parts  what each tuner was asked, saw and planned
 */
export function checkProfile(parts: readonly PlannedPart[]): ProfileFindings {
  const profile = new ProfileView(parts);
  const warnings: Warning[] = [];
  const refusals: Refusal[] = [...ownershipConflicts(parts)];
  for (const rule of interactionRules) {
    for (const { tuner, how, message, nodes } of rule.check(profile)) {
      const told = {
        tuner,
        code: rule.code,
        message: `${message} See ${rule.source}.`,
        ...(nodes && { nodes: [...nodes] }),
      };
      (how === 'refuse' ? refusals : warnings).push(told);
    }
  }
  return { warnings, refusals };
}

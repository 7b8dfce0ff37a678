import type { OwnedParameter, Tuner } from '@fairlead/core';
import { byName } from '../by-text.js';
import { cniParameters } from './known/cni.js';
import { corednsParameters } from './known/coredns.js';
import { kernelParameters } from './known/kernel.js';
import { kubeProxyParameters } from './known/kube-proxy.js';
import { kubeletParameters } from './known/kubelet.js';
import { workloadParameters } from './known/workload.js';

/** A parameter of a cluster's network: of a tuner, or one that must be known although nobody tunes it. */
export interface CatalogueParameter extends OwnedParameter {
  /** The tuner that changes it; null when Fairlead only knows it. */
  readonly tuner: string | null;
}

/** All the fields that an entry of the catalogue carries. */
export type KnownParameter = OwnedParameter &
  Required<Pick<OwnedParameter, 'title' | 'owner' | 'value'>>;

/** Parameters that are known whether or not a tuner changes them. */
export const knownParameters: readonly KnownParameter[] = [
  ...kubeProxyParameters,
  ...kubeletParameters,
  ...cniParameters,
  ...corednsParameters,
  ...kernelParameters,
  ...workloadParameters,
];

/**
 * Every parameter by name. A tuner's own word about a parameter goes before the general one, and takes
 * from it what the tuner leaves out.
 */
export function parameterCatalogue(tuners: readonly Tuner[]): readonly CatalogueParameter[] {
  const known = new Map<string, OwnedParameter>(
    knownParameters.map((parameter) => [parameter.name, parameter]),
  );
  const owned = tuners.flatMap(({ name: tuner, parameters }) =>
    parameters.map((parameter) => ({ ...known.get(parameter.name), ...parameter, tuner })),
  );
  const names = new Set(owned.map(({ name }) => name));
  const others = knownParameters
    .filter(({ name }) => !names.has(name))
    .map((parameter) => ({ ...parameter, tuner: null }));
  return [...owned, ...others].toSorted(byName);
}

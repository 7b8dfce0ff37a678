import { Unacceptable } from '@fairlead/core';
import { kubeconfigProblems, type KubeconfigRefusalCode } from '../problems/kubeconfig-problems.js';

/**
 * A kubeconfig that is not let in. The sentence says where, never what: a value may be a secret.
 * The remedy is the catalogue's.
 */
export function refusal(code: KubeconfigRefusalCode, message: string): Unacceptable {
  const full = `kubeconfig-${code}`;
  return new Unacceptable(full, message, { remedy: kubeconfigProblems[full]?.remedy ?? '' });
}

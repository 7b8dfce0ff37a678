import type { ClusterNode, SeenObject } from '@fairlead/core';
import type { NodeNetwork, SeenCni } from './seen-cni.js';
import type { Look } from './look.js';

/** What the reader of one CNI finds. */
export type CniDetails = Pick<
  SeenCni,
  | 'title'
  | 'version'
  | 'agents'
  | 'routing'
  | 'encapsulations'
  | 'families'
  | 'mtuFields'
  | 'kubeProxyReplacement'
  | 'calico'
  | 'cilium'
>;

export interface CniSources {
  readonly look: Look;
  /** Null when the CNI runs inside another process. */
  readonly daemonSet: SeenObject | null;
  readonly nodes: readonly ClusterNode[];
  readonly networks: readonly NodeNetwork[];
}

/** Details of a CNI that is known by name alone. */
export const noDetails: Omit<CniDetails, 'title'> = {
  version: null,
  agents: null,
  routing: 'unknown',
  encapsulations: [],
  families: [],
  mtuFields: [],
  kubeProxyReplacement: null,
  calico: null,
  cilium: null,
};

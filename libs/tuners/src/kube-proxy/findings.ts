import type { Finding, JsonObject } from '@fairlead/core';
import type { KubeProxyObservation } from './observe.js';
import type { ProxyNode } from './seen-proxy.js';
import type { ProxyMode } from './version-clock.js';

/** What the parts of the advice look at. */
export interface AdviceInput {
  readonly observed: KubeProxyObservation;
  /** Those that kube-proxy runs on. */
  readonly nodes: readonly ProxyNode[];
  readonly version: string;
  /** As the first node that answers says; as configured where none does. */
  readonly mode: string | null;
  readonly configured: ProxyMode | null;
  /** Null where it stands in no object. */
  readonly configuration: JsonObject | null;
}

const enhancements = 'https://github.com/kubernetes/enhancements/tree/master/keps/sig-network';
export const keps = {
  nftables: `${enhancements}/3866-nftables-proxy`,
  nftablesByDefault: `${enhancements}/5343-nftables-to-default`,
  ipvs: `${enhancements}/5495-deprecate-ipvs-mode-in-kube-proxy`,
  partialSync: `${enhancements}/3453-minimize-iptables-restore`,
} as const;

export function finding(
  draft: Omit<Finding, 'tuner' | 'sources'> & { readonly sources?: readonly string[] },
): Finding {
  return { ...draft, tuner: 'kube-proxy', sources: [...(draft.sources ?? [])] };
}

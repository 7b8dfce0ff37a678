import { z } from 'zod';
import type { ClusterReader } from '@fairlead/core';
import { CoreDnsObservation, observeCoreDns } from './coredns/observe.js';
import { NodeLocalObservation, observeNodeLocal } from './node-local/observe.js';
import type { DnsSettings } from './settings.js';
import { NdotsObservation, observeNdots } from './workloads/observe.js';

export const DnsObservation = z.strictObject({
  coredns: CoreDnsObservation,
  /** Null when the settings leave it out. */
  nodeLocal: NodeLocalObservation.nullable(),
  ndots: NdotsObservation.nullable(),
});
export type DnsObservation = z.infer<typeof DnsObservation>;

/** Lets every part look; their requests to the API server stand at each part's own function. */
export async function observeDns(
  reader: ClusterReader,
  settings: DnsSettings | null,
  signal: AbortSignal,
): Promise<DnsObservation> {
  const looksAt = (part: 'nodeLocal' | 'ndots') =>
    settings === null || settings[part] !== undefined;
  const [coredns, nodeLocal, ndots] = await Promise.all([
    observeCoreDns(reader, signal),
    looksAt('nodeLocal') ? observeNodeLocal(reader, settings?.nodeLocal ?? null, signal) : null,
    looksAt('ndots') ? observeNdots(reader, settings?.ndots ?? null, signal) : null,
  ]);
  return { coredns, nodeLocal, ndots };
}

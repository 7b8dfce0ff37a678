import { z } from 'zod';
import type { ClusterReader } from '@fairlead/core';
import { CoreDnsObservation, observeCoreDns } from './coredns/observe.js';
import type { DnsSettings } from './settings.js';

export const DnsObservation = z.strictObject({
  coredns: CoreDnsObservation,
});
export type DnsObservation = z.infer<typeof DnsObservation>;

/** Lets every part look; their requests to the API server stand at each part's own function. */
export async function observeDns(
  reader: ClusterReader,
  _settings: DnsSettings | null,
  signal: AbortSignal,
): Promise<DnsObservation> {
  return { coredns: await observeCoreDns(reader, signal) };
}

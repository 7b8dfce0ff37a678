import {
  AgentLost,
  DomainError,
  isCorefileProblem,
  parseCorefile,
  type ClusterReader,
} from '@fairlead/core';
import type { CoreDnsPod, PodLoad } from './observation.js';
import { metricsPortOf } from './server-block.js';

const sums = {
  requests: 'coredns_dns_requests_total',
  responses: 'coredns_dns_responses_total',
  cacheRequests: 'coredns_cache_requests_total',
  cacheHits: 'coredns_cache_hits_total',
  cacheEvictions: 'coredns_cache_evictions_total',
  forwardRejects: 'coredns_forward_max_concurrent_rejects_total',
  reloadFailures: 'coredns_reload_failed_total',
} as const;
const startName = 'process_start_time_seconds';

/**
 * What each pod says of its load since it started, asked by the agent on its node; null where nothing
 * answers. No request to the API server.
 */
export async function observeLoad(
  pods: readonly Omit<CoreDnsPod, 'load'>[],
  text: string | null,
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<CoreDnsPod[]> {
  const file = parseCorefile(text ?? '');
  const port = isCorefileProblem(file) ? null : metricsPortOf(file);
  if (isCorefileProblem(file) || port === null) return pods.map((pod) => ({ ...pod, load: null }));
  return await Promise.all(
    pods.map(async (pod) => ({ ...pod, load: await loadOf(pod, port, reader, signal) })),
  );
}

async function loadOf(
  { node, address }: Pick<CoreDnsPod, 'node' | 'address'>,
  port: number,
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<PodLoad | null> {
  const names = [...Object.values(sums), startName];
  const order = { do: 'read-metrics', target: { address, port }, names } as const;
  const answer = await reader.askHost(node, order, signal).catch((error: unknown) => {
    // A node without an agent hides the load; it is no reason to see nothing at all.
    if (
      error instanceof AgentLost ||
      (error instanceof DomainError && error.kind === 'precondition')
    )
      return null;
    throw error;
  });
  const readings = answer?.readings ?? null;
  if (answer === null || readings === null) return null;
  const sum = (name: string, labels: Readonly<Record<string, string>> = {}) =>
    readings
      .filter((reading) => reading.name === name)
      .filter((reading) =>
        Object.entries(labels).every(([key, value]) => reading.labels[key] === value),
      )
      .reduce((total, { value }) => total + value, 0);
  const started = readings.find(({ name }) => name === startName)?.value;
  return {
    upSeconds: started === undefined ? null : Math.max(1, Math.round(answer.nowSeconds - started)),
    requests: sum(sums.requests),
    noSuchName: sum(sums.responses, { rcode: 'NXDOMAIN' }),
    failed: sum(sums.responses, { rcode: 'SERVFAIL' }),
    cacheRequests: sum(sums.cacheRequests),
    cacheHits: sum(sums.cacheHits),
    cacheEvictions: sum(sums.cacheEvictions),
    forwardRejects: sum(sums.forwardRejects),
    reloadFailures: sum(sums.reloadFailures),
  };
}

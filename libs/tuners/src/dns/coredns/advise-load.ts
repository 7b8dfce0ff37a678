import {
  corefileValue,
  objectText,
  type Evidence,
  type Finding,
  type JsonObject,
} from '@fairlead/core';
import { defaultCapacity } from './cache-wishes.js';
import type { CoreDnsDeployment, PodLoad } from './observation.js';
import { clusterBlockOf } from './server-block.js';

/** Small answers cost so little that a pod does tens of thousands a second on a core. Source: domain.md 4.4. */
const fewQueriesPerSecond = 500;
const muchNoSuchName = 0.5;
const muchEviction = 0.01;
const cacheSource = 'https://coredns.io/plugins/cache/';

/** What the pods' own counters suggest. */
export function loadFindings(observed: CoreDnsDeployment): Finding[] {
  const loads = observed.pods.flatMap(({ load }) => load ?? []);
  const where = objectText(observed.object);
  if (loads.length === 0) return [unseen(where)];
  const total = (of: (load: PodLoad) => number) => loads.reduce((sum, load) => sum + of(load), 0);
  const requests = total((load) => load.requests);
  const perSecond = total(({ requests: count, upSeconds }) =>
    upSeconds === null ? 0 : count / upSeconds,
  );
  const seen = (what: string, value: number): Evidence => ({
    what,
    value: String(Math.round(value * 10) / 10),
    where,
  });
  const rate = seen('queries per second since the pods started', perSecond);
  const findings: Finding[] = [];
  const rejects = total((load) => load.forwardRejects);
  if (rejects > 0) {
    findings.push({
      ...finding('coredns-forward-rejects', 'act', ['coredns.forward.max_concurrent']),
      message: `CoreDNS refused ${rejects} queries since too many waited for upstreams: allow more, and look at the upstreams.`,
      evidence: [seen('queries refused', rejects), rate],
      ...offered(observed, { forward: { maxConcurrent: 2 * maxConcurrentOf(observed) } }),
      sources: ['https://coredns.io/plugins/forward/'],
    });
  }
  const evictions = total((load) => load.cacheEvictions);
  if (requests > 0 && evictions / requests > muchEviction) {
    findings.push({
      ...finding('coredns-cache-evicts', 'consider', ['coredns.cache.success.capacity']),
      message: 'Answers are thrown out of the cache to make room for others: try a larger one.',
      evidence: [seen('evictions', evictions), seen('queries', requests)],
      ...offered(observed, { cache: { success: { capacity: 4 * defaultCapacity } } }),
      sources: [cacheSource],
    });
  }
  const noSuchName = total((load) => load.noSuchName);
  if (requests > 0 && noSuchName / requests > muchNoSuchName) {
    findings.push({
      ...finding('coredns-search-path', 'consider', ['coredns.autopath']),
      message:
        'Most queries ask for names that do not exist, as search paths make them: fewer ndots, or names with a dot at their end, save them.',
      evidence: [seen('answers that there is no such name', noSuchName), seen('queries', requests)],
      sources: ['https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/'],
    });
  }
  if (findings.length === 0 && perSecond / loads.length < fewQueriesPerSecond) {
    findings.push({
      ...finding('coredns-few-queries', 'leave-alone', ['coredns.cache.ttl']),
      message: 'CoreDNS has few queries, refuses none and keeps its cache: leave it alone.',
      evidence: [rate, seen('evictions', evictions), seen('queries refused', rejects)],
      sources: [cacheSource],
    });
  }
  return findings;
}

function unseen(where: string): Finding {
  return {
    ...finding('coredns-load-unseen', 'unknown', ['coredns.cache.success.capacity']),
    message:
      'No CoreDNS pod shows its metrics: add “prometheus :9153” to the Corefile to see how it is used.',
    evidence: [{ what: 'pods that show metrics', value: '0', where }],
    sources: ['https://coredns.io/plugins/metrics/'],
  };
}

function finding(
  code: string,
  verdict: Finding['verdict'],
  parameters: string[],
): Pick<Finding, 'tuner' | 'code' | 'verdict' | 'parameters'> {
  return { tuner: 'dns', code, verdict, parameters };
}

/** Settings are offered only where they could be applied. */
function offered(
  { corefile }: CoreDnsDeployment,
  coredns: JsonObject,
): { recommended?: JsonObject } {
  return 'unreadable' in corefile || corefile.owner !== null ? {} : { recommended: { coredns } };
}

function maxConcurrentOf({ corefile }: CoreDnsDeployment): number {
  const cluster = 'unreadable' in corefile ? null : clusterBlockOf(corefile.text);
  if (cluster === null || 'problem' in cluster) return 1000;
  const words = corefileValue(cluster.file, [cluster.block.label, 'forward .', 'max_concurrent']);
  const now = Number(words?.[0]);
  return Number.isInteger(now) && now > 0 && now <= 50_000 ? now : 1000;
}

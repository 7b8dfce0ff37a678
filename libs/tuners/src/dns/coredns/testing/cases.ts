import type { JsonObject } from '@fairlead/core';
import fc from 'fast-check';
import type { SectionCases } from '../../testing/section-cases.js';
import { corefiles } from './corefiles.js';
import {
  configMap,
  corednsPods,
  deployment,
  disruptionBudget,
  foreignScaler,
  metricsService,
  nodeCache,
} from './objects.js';

const usually = <T>(value: T, ...others: T[]) =>
  fc.oneof(
    { weight: 9, arbitrary: fc.constant(value) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

const objects = fc
  .record({
    isThere: usually(true, false),
    replicas: fc.constantFrom(1, 2, 3),
    version: usually('v1.14.7', 'v1.8.0', 'latest'),
    labels: usually<JsonObject>({}, { 'app.kubernetes.io/managed-by': 'Helm' }),
    requests: usually<JsonObject>({ cpu: '100m' }, {}),
    metrics: usually<string | null>('True', 'False', null),
    hpa: usually<string | null>(null, 'coredns'),
    budget: fc.boolean(),
    nodeCache: usually(false, true),
    text: fc.constantFrom(...Object.values(corefiles)),
  })
  .map((draft): readonly JsonObject[] => {
    if (!draft.isThere) return [];
    return [
      deployment(draft),
      configMap(draft.text),
      ...corednsPods(draft.replicas),
      ...(draft.metrics === null ? [] : [metricsService(draft.metrics)]),
      ...(draft.hpa === null ? [] : [foreignScaler(draft.hpa)]),
      ...(draft.budget ? [disruptionBudget] : []),
      ...(draft.nodeCache ? [nodeCache] : []),
    ];
  });

const kind = fc.record(
  {
    capacity: fc.constantFrom(9984, 20_000),
    ttlSeconds: fc.constantFrom(30, 300),
    minTtlSeconds: fc.constantFrom(0, 5),
  },
  { requiredKeys: [] },
);
const cache = fc.record(
  {
    ttlSeconds: fc.constantFrom(30, 60),
    success: kind,
    denial: kind,
    prefetch: fc.constantFrom({ amount: 5 }, { amount: 10, durationSeconds: 120, percentage: 20 }),
    serveStale: fc.constantFrom({}, { durationSeconds: 600, mode: 'immediate' }),
  },
  { requiredKeys: ['ttlSeconds'] },
);
const forward = fc.record(
  {
    maxConcurrent: fc.constantFrom(1000, 2000),
    policy: fc.constantFrom('random', 'sequential'),
    transport: fc.constantFrom('as-asked', 'force-tcp', 'prefer-udp'),
  },
  { requiredKeys: ['maxConcurrent'] },
);
const autoscaler = fc.record({
  minReplicas: fc.constantFrom(2, 3),
  maxReplicas: fc.constantFrom(4, 10),
  cpuPercent: fc.constantFrom(50, 70),
});

const settings = fc.record(
  {
    cache,
    forward,
    autopath: fc.boolean(),
    lameduckSeconds: fc.constantFrom(0, 5, 10),
    ready: fc.constant(true),
    autoscaler,
    allowDecrease: fc.boolean(),
  },
  { requiredKeys: ['lameduckSeconds', 'allowDecrease'] },
);

const metrics = fc
  .record({
    requests: fc.constantFrom(100, 9_000_000),
    failures: usually(0, 1),
    shown: usually(3, 1, 0),
  })
  .map(({ requests, failures, shown }) => {
    const counters = [
      { name: 'process_start_time_seconds', labels: {}, value: 1_799_990_000 },
      { name: 'coredns_dns_requests_total', labels: { type: 'A' }, value: requests },
      { name: 'coredns_reload_failed_total', labels: {}, value: failures },
    ];
    return new Map(Array.from({ length: shown }, (_, at) => [`10.1.0.${at}`, counters]));
  });

export const coreDnsCases: SectionCases = { objects, metrics, settings, orderedLists: [] };

import { z } from 'zod';
import type { OwnedParameter } from '@fairlead/core';
import { AutoscalerSettings, CacheSettings, CoreDnsSettings, ForwardSettings } from './settings.js';

const plugin = (name: string) => `https://coredns.io/plugins/${name}/`;
const hpa = 'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/';
const cache = CacheSettings.shape;
const success = cache.success.unwrap().shape;
const denial = cache.denial.unwrap().shape;
const prefetch = cache.prefetch.unwrap().shape;
const stale = cache.serveStale.unwrap().shape;
const forward = ForwardSettings.shape;
const scaler = AutoscalerSettings.shape;

type Row = readonly [
  name: string,
  title: string,
  unit: string,
  source: string,
  value: OwnedParameter['value'],
];

const rows: readonly Row[] = [
  [
    'cache.ttl',
    'Longest time that any answer is kept',
    'seconds',
    plugin('cache'),
    cache.ttlSeconds,
  ],
  [
    'cache.success.capacity',
    'Answers held of names that exist',
    'answers',
    plugin('cache'),
    success.capacity,
  ],
  [
    'cache.success.ttl',
    'Longest time that a found name is kept',
    'seconds',
    plugin('cache'),
    success.ttlSeconds,
  ],
  [
    'cache.success.minttl',
    'Shortest time that a found name is kept',
    'seconds',
    plugin('cache'),
    success.minTtlSeconds,
  ],
  [
    'cache.denial.capacity',
    'Answers held of names that do not exist',
    'answers',
    plugin('cache'),
    denial.capacity,
  ],
  [
    'cache.denial.ttl',
    'Longest time that “no such name” is kept',
    'seconds',
    plugin('cache'),
    denial.ttlSeconds,
  ],
  [
    'cache.denial.minttl',
    'Shortest time that “no such name” is kept',
    'seconds',
    plugin('cache'),
    denial.minTtlSeconds,
  ],
  [
    'cache.prefetch.amount',
    'Queries that make a name worth asking early',
    'queries',
    plugin('cache'),
    prefetch.amount,
  ],
  [
    'cache.prefetch.duration',
    'Longest gap between those queries',
    'seconds',
    plugin('cache'),
    prefetch.durationSeconds,
  ],
  [
    'cache.prefetch.percentage',
    'Share of the TTL left when it is asked again',
    'percent',
    plugin('cache'),
    prefetch.percentage,
  ],
  [
    'cache.serve_stale.duration',
    'Time after expiry in which an answer is still given',
    'seconds',
    plugin('cache'),
    stale.durationSeconds,
  ],
  [
    'cache.serve_stale.mode',
    'Whether the source is asked before a stale answer',
    'choice',
    plugin('cache'),
    stale.mode,
  ],
  [
    'forward.max_concurrent',
    'Queries that may wait for upstreams at once',
    'queries',
    plugin('forward'),
    forward.maxConcurrent,
  ],
  ['forward.policy', 'Which upstream is asked next', 'choice', plugin('forward'), forward.policy],
  [
    'forward.transport',
    'Over what upstreams are asked',
    'choice',
    plugin('forward'),
    forward.transport,
  ],
  [
    'autopath',
    'Whether the server walks the search path',
    'choice: true or false',
    plugin('autopath'),
    CoreDnsSettings.shape.autopath,
  ],
  [
    'kubernetes.pods',
    'Answers for pods’ own names; autopath needs verified',
    'choice',
    plugin('kubernetes'),
    z.enum(['disabled', 'insecure', 'verified']),
  ],
  [
    'health.lameduck',
    'Time that a stopping pod still answers',
    'seconds',
    plugin('health'),
    CoreDnsSettings.shape.lameduckSeconds,
  ],
  [
    'ready',
    'Whether the pod says when it is ready',
    'choice: true',
    plugin('ready'),
    CoreDnsSettings.shape.ready,
  ],
  ['autoscaler.minReplicas', 'Pods that always run', 'pods', hpa, scaler.minReplicas],
  ['autoscaler.maxReplicas', 'Pods at most', 'pods', hpa, scaler.maxReplicas],
  [
    'autoscaler.cpuPercent',
    'CPU use aimed at, of what is requested',
    'percent',
    hpa,
    scaler.cpuPercent,
  ],
];

export const coreDnsParameters: readonly OwnedParameter[] = rows.map(
  ([name, title, unit, source, value]) => ({
    name: `coredns.${name}`,
    title,
    owner: 'coredns',
    ...(value !== undefined && { value }),
    unit,
    scope: 'cluster',
    cost: 'none',
    source,
  }),
);

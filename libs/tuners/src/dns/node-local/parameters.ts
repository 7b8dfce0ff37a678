import type { OwnedParameter } from '@fairlead/core';
import { NodeLocalSettings } from './settings.js';

const source = 'https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/';
const { shape } = NodeLocalSettings;

const rows = [
  ['reach', 'Whom the cache on the nodes serves', 'choice', shape.reach.unwrap()],
  [
    'localAddress',
    'Address of the cache on every node',
    'IPv4 address',
    shape.localAddress.unwrap(),
  ],
  ['image', 'Version of the cache', 'image', shape.image.unwrap()],
  [
    'cache.success.capacity',
    'Answers that a node keeps',
    'answers',
    shape.successCapacity.unwrap(),
  ],
  [
    'cache.success.ttl',
    'Longest time that a node keeps an answer',
    'seconds',
    shape.successSeconds.unwrap(),
  ],
  [
    'cache.denial.ttl',
    'Longest time that a node keeps “no such name”',
    'seconds',
    shape.denialSeconds.unwrap(),
  ],
  ['health-port', 'Port of the cache’s health check', 'port', shape.healthPort.unwrap()],
] as const;

export const nodeLocalParameters: readonly OwnedParameter[] = rows.map(
  ([name, title, unit, value]) => ({
    name: `node-local-dns.${name}`,
    title,
    owner: 'node-local-dns',
    value,
    sinceKubernetes: '1.18',
    unit,
    scope: 'node',
    cost: 'agent-restart',
    source,
  }),
);

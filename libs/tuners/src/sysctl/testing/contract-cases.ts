import type { JsonObject } from '@fairlead/core';
import fc from 'fast-check';
import type { ContractCases } from '../../testing/contract-cases.js';
import { someNodes } from '../../testing/nodes.js';
import { put, type World } from '../../testing/world.js';
import { catalogue, sysctlKeys, type SysctlKey, type SysctlValue } from '../catalogue.js';

/** Values to ask for, and to find, by key. */
const asked: Readonly<Partial<Record<SysctlKey, readonly SysctlValue[]>>> = {
  'net.core.default_qdisc': ['fq', 'pfifo_fast'],
  'net.core.netdev_max_backlog': [1000, 16_384],
  'net.core.rmem_max': [212_992, 16_777_216],
  'net.core.somaxconn': [4096, 8192, 32_768],
  'net.ipv4.ip_local_port_range': [
    [32_768, 60_999],
    [20_000, 65_535],
  ],
  'net.ipv4.ip_local_reserved_ports': ['8080', '2379-2381,6443,10248-10259,30000-32767', ''],
  'net.ipv4.tcp_congestion_control': ['bbr', 'cubic'],
  'net.ipv4.tcp_fin_timeout': [30, 60],
  'net.ipv4.tcp_keepalive_time': [600, 7200],
  'net.ipv4.tcp_rmem': [
    [4096, 131_072, 6_291_456],
    [4096, 65_536, 33_554_432],
  ],
  'net.ipv4.tcp_slow_start_after_idle': [0, 1],
};
const askedKeys = Object.keys(asked) as SysctlKey[];
const text = (value: SysctlValue) => (typeof value === 'object' ? value.join(' ') : String(value));

const nodes = someNodes({
  values: {
    ...Object.fromEntries(
      sysctlKeys.map((key) => [key, (asked[key] ?? [catalogue[key].kernelDefault]).map(text)]),
    ),
    'net.ipv4.tcp_available_congestion_control': ['reno cubic bbr', 'reno cubic'],
  },
  counters: [],
});

const sysctls = fc.constantFrom(
  undefined,
  [{ name: 'net.ipv4.tcp_keepalive_time', value: '300' }],
  [
    { name: 'kernel.shm_rmid_forced', value: '1' },
    { name: 'net.ipv4.tcp_rmem', value: '4096 131072 67108864' },
  ],
);
const workloads = fc.record({
  sysctls,
  hostNetwork: fc.constantFrom(false, false, true),
  labels: fc.constantFrom({}, {}, { 'app.kubernetes.io/managed-by': 'Helm' }),
  replicas: fc.constantFrom(0, 3),
});
const writers = fc.constantFrom(null, null, null, 'sysctl -w net.core.somaxconn=32768');

const worlds = fc.record({ nodes, workloads, writers }).map((draft): World => {
  const world: World = { version: '1.36.3', nodes: draft.nodes, objects: new Map() };
  put(world, deployment(draft.workloads));
  put(world, daemonSet(draft.writers));
  return world;
});

const host = fc.subarray(askedKeys, { minLength: 1 }).chain((keys) =>
  fc.record(
    Object.fromEntries(
      keys.map((key) => {
        const value = fc.constantFrom(...(asked[key] ?? []));
        const exact = value.map((wanted) => ({ value: wanted }));
        const atLeast = value.map((wanted) => ({ atLeast: wanted }));
        return [key, catalogue[key].growth === null ? exact : fc.oneof(exact, atLeast)];
      }),
    ),
  ),
);
const pods = fc
  .record(
    {
      'net.ipv4.tcp_keepalive_time': fc.constantFrom(300, 600),
      'net.ipv4.tcp_rmem': fc.constant([4096, 131_072, 16_777_216]),
      'net.core.somaxconn': fc.constant(8192),
    },
    { requiredKeys: ['net.ipv4.tcp_keepalive_time'] },
  )
  .chain((keys) =>
    fc
      .constantFrom('api', 'api', 'nobody')
      .map((name) => [{ namespace: 'shop', kind: 'Deployment', name, sysctls: keys }]),
  );

const settings = fc.record(
  {
    host,
    pods: fc.oneof(
      { weight: 3, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: pods },
    ),
    allowDecrease: fc.boolean(),
    persist: fc.constantFrom('daemonset', 'until-reboot'),
    unsupportedNodes: fc.constantFrom('skip', 'skip', 'refuse'),
    nodes: fc.constantFrom(undefined, undefined, { matchLabels: { pool: 'a' } }),
  },
  { requiredKeys: ['host'] },
);

function deployment(draft: {
  readonly sysctls: readonly JsonObject[] | undefined;
  readonly hostNetwork: boolean;
  readonly labels: JsonObject;
  readonly replicas: number;
}): JsonObject {
  const { sysctls: list, hostNetwork, labels, replicas } = draft;
  const matchLabels = { app: 'api' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'shop', name: 'api', labels },
    spec: {
      replicas,
      selector: { matchLabels },
      template: {
        metadata: { labels: matchLabels },
        spec: { hostNetwork, securityContext: list === undefined ? {} : { sysctls: list } },
      },
    },
  };
}

function daemonSet(command: string | null): JsonObject {
  const container = { name: 'tune', ...(command !== null && { command: ['sh', '-c', command] }) };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { namespace: 'kube-system', name: 'tuner' },
    spec: { template: { spec: { containers: [container] } } },
  };
}

export const cases: ContractCases = { worlds, settings, orderedLists: ['sysctls', 'assignments'] };

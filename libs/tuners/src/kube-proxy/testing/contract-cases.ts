import type { JsonObject } from '@fairlead/core';
import fc from 'fast-check';
import { stringify } from 'yaml';
import {
  beLiberalKey,
  bucketsKey,
  maxKey,
  timeoutNames,
  timeouts,
} from '../../conntrack/timeouts.js';
import type { ContractCases } from '../../testing/contract-cases.js';
import { kubeProxyDaemonSet } from '../../testing/kube-proxy-objects.js';
import { someNodes } from '../../testing/nodes.js';
import { everyMode } from '../../testing/proxy-answers.js';
import { put, type World, type WorldNode } from '../../testing/world.js';
import { configuredMode } from '../configured-mode.js';
import { acknowledgements } from '../settings.js';
import { proxyModes } from '../version-clock.js';

const usually = <T>(value: T, ...others: T[]) =>
  fc.oneof(
    { weight: 14, arbitrary: fc.constant(value) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

const plainNodes = someNodes({
  values: {
    ...Object.fromEntries(
      timeoutNames.map((name) => [timeouts[name].key, [String(timeouts[name].kernelDefault)]]),
    ),
    [maxKey]: ['131072', '131072', '524288'],
    [bucketsKey]: ['8192', '262144', '262144'],
    [beLiberalKey]: ['0'],
    'net.netfilter.nf_conntrack_count': ['500'],
  },
  counters: [],
});

/** What a node's kernel can do: nearly always everything. */
const kernels = fc.record({
  kernel: usually('6.18.44', '4.18.0-553.el8_10.x86_64'),
  nft: usually(true, false),
  iptables: usually(true, false),
  ipvs: fc.constantFrom(true, true, true, false),
  schedulers: fc.constantFrom<string[]>(['rr', 'sh', 'wrr'], ['lc', 'rr']),
  localhostNodePorts: usually(0, 3),
  isPool: fc.boolean(),
  isRunningOtherwise: usually(false, true),
});

const section = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constant({
      maxPerCore: 0,
      tcpEstablishedTimeout: '0s',
      tcpCloseWaitTimeout: '0s',
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom(null, { maxPerCore: 32_768, min: 131_072 }) },
);

const periods = fc.constantFrom(undefined, null, '0s', '30s', '10s');
const configurations = fc.record({
  mode: fc.constantFrom('', 'iptables', 'iptables', 'nftables', 'nftables', 'ipvs', 'ipvs'),
  iptables: fc.record({ syncPeriod: periods, minSyncPeriod: periods }),
  ipvs: fc.constantFrom(null, { scheduler: '', strictARP: false }, { scheduler: 'lc' }),
  nodePortAddresses: fc.constantFrom(undefined, null, ['10.0.0.0/8', 'fd00::/8']),
  conntrack: section,
  isThere: usually(true, false),
  version: fc.constantFrom('1.28.9', '1.32.4', '1.36.3', '1.36.3', '1.37.0', '1.40.1', '1.43.0'),
  labels: usually({}, { 'kustomize.toolkit.fluxcd.io/name': 'infra' }),
});

const neighbours = fc.oneof(
  { weight: 8, arbitrary: fc.constant([]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      [['calico-node', 'docker.io/calico/node:v3.28.2']],
      [['calico-node', 'docker.io/calico/node:v3.32.1']],
      [['node-local-dns', 'registry.k8s.io/dns/k8s-dns-node-cache:1.26.7']],
      [['aws-node', 'amazon/aws-k8s-cni:v1.23.1']],
    ),
  },
);

const worlds = fc
  .record({
    nodes: plainNodes,
    kernels: fc.array(kernels, { minLength: 4, maxLength: 4 }),
    configuration: configurations,
    neighbours,
    services: fc.constantFrom(0, 2),
    hasNodePorts: fc.boolean(),
  })
  .map((draft): World => {
    const { isThere, version, labels, ...configuration } = draft.configuration;
    const text = stringify({
      apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
      kind: 'KubeProxyConfiguration',
      ...configuration,
    });
    const mode = configuredMode({ mode: configuration.mode }, version);
    const nodes = draft.nodes.map((node, at): WorldNode => {
      const { nft, iptables, ipvs, schedulers, ...kernel } = draft.kernels[at] ?? noKernel();
      const able = { nftables: nft, iptables, ipvs };
      const support = {
        ...everyMode,
        // What runs proves that it can.
        nft: { ...everyMode.nft, usable: nft || mode === 'nftables' },
        iptables: { ...everyMode.iptables, usable: able.iptables || mode === 'iptables' },
        ipvs: { ...everyMode.ipvs, usable: ipvs || mode === 'ipvs', schedulers },
        localhostNodePorts: kernel.localhostNodePorts,
      };
      const running = kernel.isRunningOtherwise ? 'iptables' : mode;
      return {
        ...node,
        kernel: mode === 'nftables' ? '6.18.44' : kernel.kernel,
        labels: kernel.isPool
          ? { ...node.labels, 'node-role.kubernetes.io/control-plane': '' }
          : node.labels,
        proxy: { mode: running, support },
      };
    });
    const world: World = { version: '1.36.3', nodes, objects: new Map() };
    for (const service of servicesOf(draft.services, draft.hasNodePorts)) put(world, service);
    for (const [name = '', image = ''] of draft.neighbours) put(world, neighbour(name, image));
    if (!isThere) return world;
    put(world, kubeProxyDaemonSet(version));
    put(world, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: 'kube-system', name: 'kube-proxy', labels },
      data: { 'config.conf': text },
    });
    return world;
  });

function noKernel(): never {
  throw new Error('more nodes than kernels');
}

function servicesOf(count: number, hasNodePorts: boolean): JsonObject[] {
  const service = (name: string, address: string, nodePort?: number): JsonObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'default', name },
    spec: {
      clusterIP: address,
      ports: [{ port: 443, ...(nodePort !== undefined && { nodePort }) }],
    },
  });
  const others = Array.from({ length: count }, (_, at) =>
    service(`app-${at}`, `10.96.1.${at}`, hasNodePorts ? 30_000 + at : undefined),
  );
  return [service('kubernetes', '10.96.0.1'), ...others];
}

function neighbour(name: string, image: string): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { namespace: 'kube-system', name },
    spec: { template: { spec: { containers: [{ name, image }] } } },
    status: { desiredNumberScheduled: 1 },
  };
}

const sync = {
  syncPeriodSeconds: fc.constantFrom(30, 60),
  minSyncPeriodSeconds: fc.constantFrom(1, 5),
};
const settings = fc
  .record(
    {
      mode: fc.constantFrom('keep', ...proxyModes, 'nftables', 'iptables'),
      iptables: fc.record(sync, { requiredKeys: [] }),
      nftables: fc.record(sync, { requiredKeys: [] }),
      ipvs: fc.record(
        { ...sync, scheduler: fc.constantFrom('rr', 'lc'), strictARP: fc.boolean() },
        { requiredKeys: [] },
      ),
      nodePortAddresses: fc.constantFrom(['10.0.0.0/8', 'fd00::/8'], ['0.0.0.0/0'], ['primary']),
      canaries: fc.constant({ matchLabels: { pool: 'b' } }),
      secondsPerNode: fc.constantFrom(60, 180),
      acknowledge: fc.constantFrom([], [...acknowledgements]),
    },
    { requiredKeys: ['mode'] },
  )
  // Fields of another mode are refused, so most settings name those of one alone.
  .map(({ iptables, nftables, ipvs, ...rest }) => ({
    ...rest,
    ...(rest.mode === 'iptables' && iptables !== undefined && { iptables }),
    ...(rest.mode === 'nftables' && nftables !== undefined && { nftables }),
    ...(rest.mode === 'ipvs' && ipvs !== undefined && { ipvs }),
    ...(rest.mode === 'keep' && { iptables: iptables ?? { minSyncPeriodSeconds: 1 } }),
  }))
  .filter(
    ({ mode, iptables = {}, nodePortAddresses }) =>
      mode !== 'keep' || nodePortAddresses !== undefined || Object.keys(iptables).length > 0,
  );

export const cases: ContractCases = { worlds, settings, orderedLists: ['nodePortAddresses'] };

import fc from 'fast-check';
import { stringify } from 'yaml';
import type { ContractCases } from '../../testing/contract-cases.js';
import { kubeProxyDaemonSet } from '../../testing/kube-proxy-objects.js';
import { someNodes } from '../../testing/nodes.js';
import { put, type World } from '../../testing/world.js';
import {
  beLiberalKey,
  bucketsKey,
  maxKey,
  timeoutNames,
  timeouts,
  type TimeoutName,
} from '../timeouts.js';

const nodes = someNodes({
  values: {
    ...Object.fromEntries(
      timeoutNames.map((name) => {
        const { key, kernelDefault, min } = timeouts[name];
        return [key, [String(kernelDefault), String(min)]];
      }),
    ),
    [maxKey]: ['131072', '262144', '1048576'],
    [bucketsKey]: ['8192', '65536', '262144'],
    [beLiberalKey]: ['0', '1'],
    'net.netfilter.nf_conntrack_count': ['500', '120000'],
  },
  counters: ['conntrack.drop', 'conntrack.early_drop', 'conntrack.insert_failed'],
});

const section = fc.record(
  {
    maxPerCore: fc.constantFrom(0, 0, null, 32_768),
    min: fc.constantFrom(null, 131_072, 524_288),
    tcpEstablishedTimeout: fc.constantFrom(null, '0s', '24h0m0s'),
    tcpCloseWaitTimeout: fc.constantFrom(null, '0s', '1h'),
    udpTimeout: fc.constantFrom('0s', '30s'),
    tcpBeLiberal: fc.boolean(),
  },
  { requiredKeys: [] },
);
const proxies = fc.record({
  section: fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(null, undefined) },
    { weight: 9, arbitrary: section },
  ),
  isThere: fc.constantFrom(true, true, true, false),
  version: fc.constantFrom('1.27.4', '1.31.0', '1.36.3'),
  labels: fc.constantFrom({}, {}, {}, { 'kustomize.toolkit.fluxcd.io/name': 'infra' }),
  text: fc.constantFrom(null, null, null, null, 'not: [a configuration'),
});

const worlds = fc.record({ nodes, proxies }).map((draft): World => {
  const world: World = { version: '1.36.3', nodes: draft.nodes, objects: new Map() };
  const { section: held, isThere, version, labels, text } = draft.proxies;
  if (!isThere) return world;
  put(world, kubeProxyDaemonSet(version));
  const config = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    ...(held !== undefined && { conntrack: held }),
  };
  put(world, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'kube-system', name: 'kube-proxy', labels },
    data: { 'config.conf': text ?? stringify(config) },
  });
  return world;
});

const asked: readonly TimeoutName[] = ['tcpEstablished', 'tcpCloseWait', 'tcpTimeWait', 'udp'];
const timeoutSeconds = fc
  .subarray([...asked])
  .chain((names) =>
    fc.record(
      Object.fromEntries(
        names.map((name) => [name, fc.constantFrom(timeouts[name].min, timeouts[name].max)]),
      ),
    ),
  );

const settings = fc
  .record(
    {
      maxEntries: fc.constantFrom(131_072, 262_144, 1_048_576),
      buckets: fc.constantFrom(65_536, 262_144),
      timeoutSeconds,
      tcpBeLiberal: fc.boolean(),
      allowDecrease: fc.boolean(),
      allowLargeTable: fc.boolean(),
      unsupportedNodes: fc.constantFrom('skip', 'skip', 'refuse'),
      nodes: fc.constantFrom(undefined, undefined, undefined, { matchLabels: { pool: 'a' } }),
    },
    { requiredKeys: ['timeoutSeconds'] },
  )
  .filter(
    (draft) =>
      draft.maxEntries !== undefined ||
      draft.buckets !== undefined ||
      draft.tcpBeLiberal !== undefined ||
      Object.keys(draft.timeoutSeconds).length > 0,
  );

export const cases: ContractCases = { worlds, settings, orderedLists: [] };

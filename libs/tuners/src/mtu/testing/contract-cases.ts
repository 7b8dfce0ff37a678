import fc from 'fast-check';
import type { ContractCases } from '../../testing/contract-cases.js';
import { someNodes } from '../../testing/nodes.js';
import { put, type World } from '../../testing/world.js';
import { addRunningPod } from './mtu-world.js';

const rarely = <T>(value: T, ...others: T[]) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(value) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

const worlds = fc
  .record({
    nodes: someNodes({
      values: { 'net.ipv4.tcp_mtu_probing': ['0'], 'net.core.somaxconn': ['4096'] },
      counters: [],
    }),
    uplinkBytes: fc.constantFrom(1500, 1460, 9001),
    pathBytes: fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(1500, 9001) },
      { weight: 1, arbitrary: fc.constantFrom(null, 1400, 700) },
    ),
    isSilent: fc.boolean(),
    written: fc.constantFrom(undefined, undefined, 1400, 1480),
    type: rarely('vxlan', 'host-gw', 'udp', 'nonsense'),
    labels: rarely({}, { 'kustomize.toolkit.fluxcd.io/name': 'cni' }),
    strategy: rarely('RollingUpdate', 'OnDelete'),
    hasFlannel: rarely(true, false),
    pods: fc.array(
      fc.record({
        namespace: fc.constantFrom('shop', 'kube-system'),
        owner: fc.constantFrom('app', 'coredns', 'db'),
        kind: fc.constantFrom('Deployment', 'StatefulSet', 'Job'),
        node: fc.nat({ max: 3 }),
        isOld: fc.boolean(),
      }),
      { maxLength: 5 },
    ),
  })
  .map((draft): World => {
    const usual = (draft.written ?? draft.uplinkBytes) - 50;
    const world: World = {
      version: '1.36.3',
      nodes: draft.nodes.map((node) => ({ ...node, podCidrs: ['10.244.0.0/24'] })),
      objects: new Map(),
      mtu: {
        uplinkBytes: draft.uplinkBytes,
        pathBytes: draft.pathBytes,
        isSilent: draft.isSilent,
        newPodMtu: new Map(draft.nodes.map(({ name }) => [name, usual])),
      },
    };
    if (draft.hasFlannel) putFlannel(world, draft);
    for (const [at, { isOld, node, ...pod }] of draft.pods.entries()) {
      const on = draft.nodes[node % draft.nodes.length]?.name;
      if (on === undefined) continue;
      const name = `${pod.owner}-${at}`;
      addRunningPod(world, { ...pod, name, node: on, mtu: isOld ? usual - 10 : usual });
    }
    return world;
  });

interface FlannelDraft {
  readonly type: string;
  readonly written: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly strategy: string;
}

export function putFlannel(world: World, draft: FlannelDraft): void {
  const { type, written, labels, strategy } = draft;
  const Backend = { Type: type, ...(written !== undefined && { MTU: written }) };
  put(world, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'kube-flannel', name: 'kube-flannel-cfg', labels },
    data: { 'net-conf.json': JSON.stringify({ Network: '10.244.0.0/16', Backend }) },
  });
  put(world, {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { namespace: 'kube-flannel', name: 'kube-flannel-ds' },
    spec: {
      updateStrategy: { type: strategy },
      template: {
        spec: {
          containers: [{ name: 'kube-flannel', image: 'ghcr.io/flannel-io/flannel:v0.28.9' }],
          volumes: [{ name: 'config', configMap: { name: 'kube-flannel-cfg' } }],
        },
      },
    },
    status: { desiredNumberScheduled: 2 },
  });
}

const settings = fc.record({
  podMtu: fc.constantFrom('from-path', 'from-path', 1350, 1400, 1410, 1450, 8000, 580),
  // A recreated pod cannot get back an MTU that nothing gives any more: recreate.spec.ts has those plans.
  recreatePods: fc.constant('none'),
  unsupportedNodes: fc.constantFrom('skip', 'skip', 'skip', 'refuse'),
});

export const cases: ContractCases = { worlds, settings, orderedLists: ['path'] };

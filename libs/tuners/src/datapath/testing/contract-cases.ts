import type { Json, JsonObject } from '@fairlead/core';
import fc from 'fast-check';
import type { ContractCases } from '../../testing/contract-cases.js';
import { confirmations } from '../settings.js';
import { aNode, aWorld, type NodeDraft } from './worlds.js';

type Change = readonly [object: string, path: readonly string[], value: Json | undefined];

const usually = <T>(value: T, ...others: T[]) =>
  fc.oneof(
    { weight: 14, arbitrary: fc.constant(value) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

const node: fc.Arbitrary<NodeDraft> = fc.record({
  ready: usually(true, false),
  os: usually<'linux' | 'windows'>('linux', 'windows'),
  kernel: usually(aNode.kernel, '4.18.0-553.el8'),
  kubeletVersion: usually('v1.36.3', 'v1.36.3+k3s1'),
  subnet: fc.constantFrom('10.0.0.5/24', '10.0.0.6/24', '10.0.0.7/24', '10.0.1.5/24', null),
});
const nodes = fc.array(node, { minLength: 1, maxLength: 3 });
const labels = usually<JsonObject>({}, { 'kustomize.toolkit.fluxcd.io/name': 'infra' });

const cilium = fc
  .record({
    nodes,
    labels,
    replacement: fc.constantFrom('true', 'false', 'false', 'false'),
    routing: fc.constantFrom('tunnel', 'tunnel', 'native'),
    cidr: fc.constantFrom(undefined, '10.0.0.0/8'),
    chaining: usually<string | undefined>(undefined, 'aws-cni'),
    image: usually(
      'quay.io/cilium/cilium:v1.19.3',
      'quay.io/cilium/cilium:v1.12.0',
      'cilium:latest',
    ),
    host: usually('10.0.0.10', '10.96.0.1', 'api.example.com'),
    ready: usually(2, 1),
    helm: usually(false, true),
  })
  .map((draft) => {
    const config = 'ConfigMap kube-system/cilium-config';
    const agents = 'DaemonSet kube-system/cilium';
    const container = ['spec', 'template', 'spec', 'containers', '0'];
    const changes: Change[] = [
      [config, ['data', 'kube-proxy-replacement'], draft.replacement],
      [config, ['data', 'routing-mode'], draft.routing],
      [config, ['data', 'ipv4-native-routing-cidr'], draft.cidr],
      [config, ['data', 'cni-chaining-mode'], draft.chaining],
      [agents, [...container, 'image'], draft.image],
      [agents, ['status', 'numberReady'], draft.ready],
    ];
    if (!draft.helm) {
      changes.push(
        [config, ['metadata', 'labels'], draft.labels],
        [agents, [...container, 'env', '1', 'value'], draft.host],
      );
    }
    return aWorld(draft.helm ? 'cilium-helm' : 'cilium-manifest', draft.nodes, changes);
  });

const encapsulation = fc.constantFrom(
  'VXLAN',
  'VXLANCrossSubnet',
  'IPIP',
  'IPIPCrossSubnet',
  'None',
);
const keptByOperator = { 'app.kubernetes.io/managed-by': 'tigera-operator' };
const endpoint = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'tigera-operator', name: 'kubernetes-services-endpoint' },
  data: { KUBERNETES_SERVICE_HOST: '10.0.0.10', KUBERNETES_SERVICE_PORT: '6443' },
};

const operator = fc
  .record({
    nodes,
    labels,
    encapsulation,
    dataplane: fc.constantFrom('Iptables', 'Iptables', 'BPF'),
    management: fc.constantFrom('Enabled', 'Disabled', undefined),
    bootstrap: fc.constantFrom('Enabled', 'Disabled', undefined),
    bgp: usually('Enabled', 'Disabled'),
    pool: usually<JsonObject>(keptByOperator, {}),
    more: fc.constantFrom([endpoint], [endpoint], []),
  })
  .map((draft) => {
    const installation = 'Installation default';
    const network = ['spec', 'calicoNetwork'];
    return aWorld(
      'calico-operator',
      draft.nodes,
      [
        [installation, ['metadata', 'labels'], draft.labels],
        [installation, [...network, 'linuxDataplane'], draft.dataplane],
        [installation, [...network, 'kubeProxyManagement'], draft.management],
        [installation, [...network, 'bpfNetworkBootstrap'], draft.bootstrap],
        [installation, [...network, 'bgp'], draft.bgp],
        [installation, [...network, 'ipPools', '0', 'encapsulation'], draft.encapsulation],
        ['IPPool default-ipv4-ippool', ['metadata', 'labels'], draft.pool],
      ],
      draft.more,
    );
  });

const v3 = 'projectcalico.org/v3';
const modes = fc.constantFrom(
  ['Never', 'Always'],
  ['CrossSubnet', 'Never'],
  [undefined, undefined],
);

const manifest = fc
  .record({
    nodes,
    api: usually(v3, 'crd.projectcalico.org/v1'),
    backend: fc.constantFrom('bird', 'bird', 'vxlan'),
    modes,
    labels,
  })
  .map((draft) => {
    const pool = 'IPPool default-ipv4-ippool';
    const [vxlan, ipip] = draft.modes;
    return aWorld('calico-manifest', draft.nodes, [
      [pool, ['apiVersion'], draft.api],
      ['FelixConfiguration default', ['apiVersion'], draft.api],
      ['ConfigMap kube-system/calico-config', ['data', 'calico_backend'], draft.backend],
      [pool, ['spec', 'vxlanMode'], vxlan],
      [pool, ['spec', 'ipipMode'], ipip],
      [pool, ['metadata', 'labels'], draft.labels],
    ]);
  });

const others = fc
  .constantFrom('flannel', 'kindnet', 'aws-vpc-cni', 'antrea', 'ovn-kubernetes')
  .chain((name) => nodes.map((drafts) => aWorld(name, drafts)));

const ciliumAsked = fc.oneof(
  fc.record({ kubeProxyReplacement: fc.boolean() }),
  fc.record(
    {
      routingMode: fc.constant('native'),
      ipv4NativeRoutingCIDR: fc.constantFrom('10.0.0.0/8', '10.0.0.0/8', '10.244.0.0/16'),
      autoDirectNodeRoutes: fc.boolean(),
      kubeProxyReplacement: fc.constant(false),
    },
    { requiredKeys: ['routingMode'] },
  ),
  fc.constant({ routingMode: 'tunnel' }),
);
const calicoAsked = fc.oneof(
  fc.record({ encapsulation }),
  fc.record({ bpf: fc.boolean() }),
  fc.record({ encapsulation, bpf: fc.boolean() }),
);
const settings = fc.record({
  cilium: ciliumAsked,
  calico: calicoAsked,
  confirmed: usually<string[]>([...confirmations], [], ['connections-may-be-cut']),
});

export const cases: ContractCases = {
  worlds: fc.oneof(
    { weight: 4, arbitrary: cilium },
    { weight: 4, arbitrary: operator },
    { weight: 3, arbitrary: manifest },
    { weight: 1, arbitrary: others },
  ),
  settings,
  orderedLists: [],
};

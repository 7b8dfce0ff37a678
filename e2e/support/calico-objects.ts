interface SomeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
  };
  readonly spec?: object;
  readonly data?: Record<string, string>;
}

/**
 * Calico's kinds on an API server without Calico: as much of their definitions as an edit needs, and
 * idle pods under the name of its agents. Nothing here carries a packet.
 */
const busybox = 'docker.io/library/busybox:1.35';
export const confirmed = [
  'connections-may-be-cut',
  'network-passes-ipip',
  'network-passes-vxlan',
  'pod-mtu-fits',
];

function definition(
  group: string,
  version: string,
  plural: string,
  kind: string,
  spec: object,
): SomeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Cluster',
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
        },
      ],
    },
  };
}

const text = { type: 'string' };
const mode = { type: 'string', enum: ['Never', 'Always', 'CrossSubnet'] };
const object = (properties: object) => ({ type: 'object', properties });

// Every field by name: what a definition does not name, the API server drops.
export const calicoDefinitions = [
  definition(
    'projectcalico.org',
    'v3',
    'ippools',
    'IPPool',
    object({ cidr: text, ipipMode: mode, vxlanMode: mode, natOutgoing: { type: 'boolean' } }),
  ),
  definition(
    'projectcalico.org',
    'v3',
    'felixconfigurations',
    'FelixConfiguration',
    object({ logSeverityScreen: text, bpfEnabled: { type: 'boolean' } }),
  ),
  definition(
    'operator.tigera.io',
    'v1',
    'installations',
    'Installation',
    object({
      cni: object({ type: text }),
      calicoNetwork: object({
        bgp: text,
        linuxDataplane: text,
        ipPools: {
          type: 'array',
          items: object({ name: text, cidr: text, encapsulation: text }),
        },
      }),
    }),
  ),
];

export const felixConfiguration: SomeObject = {
  apiVersion: 'projectcalico.org/v3',
  kind: 'FelixConfiguration',
  metadata: { name: 'default' },
  spec: { logSeverityScreen: 'Info' },
};

export function aPool(labels: Record<string, string>): SomeObject {
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'IPPool',
    metadata: { name: 'default-ipv4-ippool', labels },
    spec: { cidr: '10.244.0.0/16', ipipMode: 'Always', vxlanMode: 'Never', natOutgoing: true },
  };
}

export const installation: SomeObject = {
  apiVersion: 'operator.tigera.io/v1',
  kind: 'Installation',
  metadata: { name: 'default' },
  spec: {
    cni: { type: 'Calico' },
    calicoNetwork: {
      bgp: 'Enabled',
      linuxDataplane: 'Iptables',
      ipPools: [{ name: 'default-ipv4-ippool', cidr: '10.244.0.0/16', encapsulation: 'IPIP' }],
    },
  },
};

export const calicoConfig: SomeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'kube-system', name: 'calico-config' },
  data: { calico_backend: 'bird', veth_mtu: '0' },
};

export const calicoNode: SomeObject = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { namespace: 'kube-system', name: 'calico-node' },
  spec: {
    selector: { matchLabels: { 'k8s-app': 'calico-node' } },
    template: {
      metadata: { labels: { 'k8s-app': 'calico-node' } },
      spec: {
        hostNetwork: true,
        terminationGracePeriodSeconds: 0,
        tolerations: [{ operator: 'Exists' }],
        containers: [
          {
            name: 'calico-node',
            image: busybox,
            imagePullPolicy: 'IfNotPresent',
            command: ['sleep', '36000'],
          },
        ],
      },
    },
  },
};

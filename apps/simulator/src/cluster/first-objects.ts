import { stringify } from 'yaml';
import type { Fields, KubeObject } from '../api/kube-object.js';
import { resourceOfKind } from '../api/resources.js';
import { kinds, type Machinery } from '../controllers/machinery.js';
import type { SimulatedClusterConfig, SimulatedNode } from '../config.js';
import { apiAddress, dnsAddress, type Addressing } from './addressing.js';

const manager = { manager: 'fairlead-simulator' } as const;

/** What a cluster holds that kubeadm has just made, and the namespace of deploy/rbac/fairlead.yaml. */
export function createFirstObjects(machinery: Machinery, addressing: Addressing): void {
  const { config } = machinery;
  for (const name of [
    'kube-system',
    'default',
    'kube-public',
    'kube-node-lease',
    'kube-flannel',
    'fairlead-system',
  ]) {
    add(machinery, 'v1', 'Namespace', undefined, { metadata: { name } });
  }
  for (const node of config.nodes) addNode(machinery, addressing, node);
  addSystemAccounts(machinery);
  addService(
    machinery,
    'default',
    'kubernetes',
    apiAddress,
    [{ name: 'https', port: 443, targetPort: 6443 }],
    undefined,
  );
  addDns(machinery);
  addFlannel(machinery);
  if (config.kubeProxy !== null) addKubeProxy(machinery, config, config.kubeProxy);
}

function add(
  { api }: Machinery,
  apiVersion: string,
  kind: string,
  namespace: string | undefined,
  body: Fields & { metadata: Fields & { name: string } },
): KubeObject {
  return api.create(
    resourceOfKind(apiVersion, kind),
    namespace,
    body as unknown as KubeObject,
    manager,
  );
}

function addSystemAccounts(machinery: Machinery): void {
  for (const [namespace, name] of [
    ['kube-system', 'kube-proxy'],
    ['kube-system', 'coredns'],
    ['kube-flannel', 'flannel'],
    ['fairlead-system', 'fairlead'],
    ['fairlead-system', 'fairlead-agent'],
  ] as const) {
    add(machinery, 'v1', 'ServiceAccount', namespace, { metadata: { name } });
  }
}

function addNode(machinery: Machinery, addressing: Addressing, node: SimulatedNode): void {
  const now = machinery
    .now()
    .toISOString()
    .replace(/\.\d+Z$/, 'Z');
  const bootID = machinery.kernels.get(node.name)?.bootId ?? '';
  const resources = {
    cpu: String(node.cpus),
    memory: `${Math.floor(node.memoryBytes / 1024)}Ki`,
    pods: '110',
  };
  const version = `v${machinery.config.version}`;
  const labels = {
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': node.name,
    'kubernetes.io/os': 'linux',
    'fairlead.dev/simulated': 'true',
  };
  const podCIDR = addressing.podCidr(node.name);
  const ready = node.ready
    ? { status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
    : {
        status: 'Unknown',
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
      };
  add(machinery, 'v1', 'Node', undefined, {
    metadata: { name: node.name, labels },
    spec: { podCIDR, podCIDRs: [podCIDR] },
    status: {
      addresses: [
        { type: 'InternalIP', address: addressing.nodeAddress(node.name) },
        { type: 'Hostname', address: node.name },
      ],
      capacity: resources,
      allocatable: resources,
      conditions: [{ type: 'Ready', ...ready, lastHeartbeatTime: now, lastTransitionTime: now }],
      nodeInfo: {
        architecture: 'amd64',
        bootID,
        containerRuntimeVersion: 'simulated://0.1.0',
        kernelVersion: node.kernel,
        kubeProxyVersion: '',
        kubeletVersion: version,
        machineID: bootID.replaceAll('-', ''),
        operatingSystem: 'linux',
        osImage: 'Fairlead simulator',
        systemUUID: bootID,
      },
    },
  });
}

function addService(
  machinery: Machinery,
  namespace: string,
  name: string,
  clusterIP: string,
  ports: Fields[],
  selector: Fields | undefined,
): void {
  add(machinery, 'v1', 'Service', namespace, {
    metadata: { name },
    spec: { clusterIP, ports, ...(selector !== undefined && { selector }) },
  });
}

function addDns(machinery: Machinery): void {
  const labels = { 'k8s-app': 'kube-dns' };
  const ports = [
    { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
    { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
  ];
  const Corefile =
    '.:53 {\n    errors\n    health\n    kubernetes cluster.local in-addr.arpa ip6.arpa\n    forward . /etc/resolv.conf\n    cache 30\n}\n';
  add(machinery, 'v1', 'ConfigMap', 'kube-system', {
    metadata: { name: 'coredns' },
    data: { Corefile },
  });
  addService(machinery, 'kube-system', 'kube-dns', dnsAddress, ports, labels);
  const container = {
    name: 'coredns',
    image: 'registry.k8s.io/coredns/coredns:v1.14.7',
    args: ['-conf', '/etc/coredns/Corefile'],
    resources: { requests: { cpu: '100m', memory: '70Mi' } },
    volumeMounts: [{ name: 'config-volume', mountPath: '/etc/coredns', readOnly: true }],
  };
  const volume = {
    name: 'config-volume',
    configMap: { name: 'coredns', items: [{ key: 'Corefile', path: 'Corefile' }] },
  };
  add(machinery, 'apps/v1', 'Deployment', 'kube-system', {
    metadata: { name: 'coredns', labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { serviceAccountName: 'coredns', containers: [container], volumes: [volume] },
      },
    },
  });
}

function addFlannel(machinery: Machinery): void {
  const labels = { app: 'flannel' };
  const config = { Network: '10.200.0.0/14', Backend: { Type: 'vxlan' } };
  add(machinery, 'v1', 'ConfigMap', 'kube-flannel', {
    metadata: { name: 'kube-flannel-cfg', labels },
    data: { 'net-conf.json': JSON.stringify(config) },
  });
  addHostDaemonSet(machinery, 'kube-flannel', 'kube-flannel-ds', labels, 'flannel', {
    name: 'kube-flannel',
    image: 'ghcr.io/flannel-io/flannel:v0.28.9',
    command: ['/opt/bin/flanneld'],
  });
}

function addKubeProxy(
  machinery: Machinery,
  { version }: SimulatedClusterConfig,
  proxy: NonNullable<SimulatedClusterConfig['kubeProxy']>,
): void {
  const labels = { 'k8s-app': 'kube-proxy' };
  // As kubeadm writes it: explicit nulls and zeros that mean "default".
  const config = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    bindAddress: '0.0.0.0',
    clientConnection: { kubeconfig: '/var/lib/kube-proxy/kubeconfig.conf' },
    clusterCIDR: '10.200.0.0/14',
    configSyncPeriod: '0s',
    conntrack: {
      maxPerCore: proxy.maxPerCore,
      min: proxy.min,
      tcpCloseWaitTimeout: null,
      tcpEstablishedTimeout: null,
    },
    healthzBindAddress: '',
    iptables: { masqueradeAll: false, masqueradeBit: null, minSyncPeriod: '0s', syncPeriod: '0s' },
    metricsBindAddress: '',
    mode: proxy.mode,
  };
  add(machinery, 'v1', 'ConfigMap', 'kube-system', {
    metadata: { name: 'kube-proxy', labels: { app: 'kube-proxy' } },
    data: {
      'config.conf': stringify(config, { nullStr: 'null' }),
      'kubeconfig.conf': 'apiVersion: v1\nkind: Config\n',
    },
  });
  addHostDaemonSet(
    machinery,
    'kube-system',
    'kube-proxy',
    labels,
    'kube-proxy',
    {
      name: 'kube-proxy',
      image: `registry.k8s.io/kube-proxy:v${version}`,
      command: [
        '/usr/local/bin/kube-proxy',
        '--config=/var/lib/kube-proxy/config.conf',
        '--hostname-override=$(NODE_NAME)',
      ],
      volumeMounts: [{ name: 'kube-proxy', mountPath: '/var/lib/kube-proxy' }],
      securityContext: { privileged: true },
    },
    [{ name: 'kube-proxy', configMap: { name: 'kube-proxy' } }],
  );
}

function addHostDaemonSet(
  machinery: Machinery,
  namespace: string,
  name: string,
  labels: Fields,
  serviceAccountName: string,
  container: Fields,
  volumes: Fields[] = [],
): void {
  const spec: Fields = {
    hostNetwork: true,
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    serviceAccountName,
    tolerations: [{ operator: 'Exists' }],
    containers: [container],
    ...(volumes.length > 0 && { volumes }),
  };
  machinery.api.create(
    kinds.daemonSet,
    namespace,
    {
      metadata: { name, labels },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    } as unknown as KubeObject,
    manager,
  );
}

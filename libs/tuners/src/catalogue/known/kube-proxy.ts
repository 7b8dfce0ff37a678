import type { KnownParameter } from '../catalogue.js';
import { duration, either, ipv4Range, listenAddress, listOf, named, yesOrNo } from '../values.js';

const source = 'https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/';

/** Fields of `KubeProxyConfiguration`, which it reads when it starts. Source: domain.md 1.1, 1.2. */
export const kubeProxyParameters: readonly KnownParameter[] = (
  [
    {
      name: 'kube-proxy.mode',
      title: 'how Services are programmed into the kernel',
      unit: 'choice',
      value: either('iptables', 'ipvs', 'nftables'),
      cost: 'connection-cut',
    },
    {
      name: 'kube-proxy.iptables.syncPeriod',
      title: 'longest time between two full synchronisations of iptables',
      unit: 'duration',
      value: duration(1, 3600),
    },
    {
      name: 'kube-proxy.iptables.minSyncPeriod',
      title: 'shortest time between two synchronisations of iptables',
      unit: 'duration',
      value: duration(0, 60),
    },
    {
      name: 'kube-proxy.iptables.masqueradeAll',
      title: 'source NAT for every connection to a Service',
      unit: 'choice',
      value: yesOrNo,
      cost: 'connection-cut',
    },
    {
      name: 'kube-proxy.iptables.localhostNodePorts',
      title: 'NodePorts on the loopback address',
      unit: 'choice',
      value: yesOrNo,
      sinceKubernetes: '1.26',
    },
    {
      name: 'kube-proxy.ipvs.scheduler',
      title: 'how IPVS picks an endpoint, seen from one node',
      unit: 'choice',
      value: either('rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'sh', 'dh', 'sed', 'nq', 'mh'),
      untilKubernetes: '1.42',
    },
    {
      name: 'kube-proxy.ipvs.syncPeriod',
      title: 'longest time between two full synchronisations of IPVS',
      unit: 'duration',
      value: duration(1, 3600),
      untilKubernetes: '1.42',
    },
    {
      name: 'kube-proxy.ipvs.minSyncPeriod',
      title: 'shortest time between two synchronisations of IPVS',
      unit: 'duration',
      value: duration(0, 60),
      untilKubernetes: '1.42',
    },
    {
      name: 'kube-proxy.ipvs.strictARP',
      title: 'no ARP answers for addresses on kube-ipvs0; MetalLB’s L2 mode needs it',
      unit: 'choice',
      value: yesOrNo,
      untilKubernetes: '1.42',
    },
    {
      name: 'kube-proxy.ipvs.tcpTimeout',
      title: 'idle time after which IPVS forgets a TCP connection; 0s keeps the kernel’s 900 s',
      unit: 'duration',
      value: duration(0, 86_400),
      untilKubernetes: '1.42',
    },
    {
      name: 'kube-proxy.ipvs.tcpFinTimeout',
      title: 'time after FIN until IPVS forgets a connection; 0s keeps the kernel’s 120 s',
      unit: 'duration',
      value: duration(0, 3600),
      untilKubernetes: '1.42',
    },
    {
      name: 'kube-proxy.ipvs.udpTimeout',
      title: 'idle time after which IPVS forgets a UDP flow; 0s keeps the kernel’s 300 s',
      unit: 'duration',
      value: duration(0, 3600),
      untilKubernetes: '1.42',
    },
    {
      name: 'kube-proxy.ipvs.excludeCIDRs',
      title: 'addresses whose IPVS services kube-proxy leaves alone',
      unit: 'CIDRs',
      value: listOf(ipv4Range, 64),
      untilKubernetes: '1.42',
    },
    {
      name: 'kube-proxy.nftables.syncPeriod',
      title: 'longest time between two full synchronisations of nftables',
      unit: 'duration',
      value: duration(1, 3600),
      sinceKubernetes: '1.29',
      sinceKernel: '5.13',
    },
    {
      name: 'kube-proxy.nftables.minSyncPeriod',
      title: 'shortest time between two synchronisations of nftables',
      unit: 'duration',
      value: duration(0, 60),
      sinceKubernetes: '1.29',
      sinceKernel: '5.13',
    },
    {
      name: 'kube-proxy.nftables.masqueradeAll',
      title: 'source NAT for every connection to a Service',
      unit: 'choice',
      value: yesOrNo,
      sinceKubernetes: '1.29',
      sinceKernel: '5.13',
      cost: 'connection-cut',
    },
    {
      name: 'kube-proxy.nodePortAddresses',
      title: 'node addresses that answer on NodePorts; nftables answers on the primary ones alone',
      unit: 'CIDRs, or primary (1.31), localhost and all (1.37)',
      value: listOf(
        named(/^(primary|localhost|all|(\d{1,3}\.){3}\d{1,3}\/\d{1,2}|[0-9a-f:]+\/\d{1,3})$/, 43),
        16,
      ),
      cost: 'connection-cut',
    },
    {
      name: 'kube-proxy.detectLocalMode',
      title: 'how traffic of the node’s own pods is recognised, which decides what is masqueraded',
      unit: 'choice',
      value: either('ClusterCIDR', 'NodeCIDR', 'BridgeInterface', 'InterfaceNamePrefix'),
      cost: 'connection-cut',
    },
    {
      name: 'kube-proxy.clusterCIDR',
      title: 'the pods’ addresses; traffic from elsewhere to a Service is masqueraded',
      unit: 'CIDR',
      value: ipv4Range,
      cost: 'connection-cut',
    },
    {
      name: 'kube-proxy.metricsBindAddress',
      title: 'where metrics and /proxyMode are served; loopback alone by default',
      unit: 'address and port',
      value: listenAddress,
    },
    {
      name: 'kube-proxy.healthzBindAddress',
      title: 'where health is served, which load balancers ask',
      unit: 'address and port',
      value: listenAddress,
    },
    {
      name: 'kube-proxy.configSyncPeriod',
      title: 'how often everything is read from the API server again',
      unit: 'duration',
      value: duration(60, 86_400),
    },
  ] as const
).map((parameter) => ({
  cost: 'agent-restart',
  ...parameter,
  owner: 'kube-proxy',
  scope: 'node',
  source,
}));

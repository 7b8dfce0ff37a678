import { z } from 'zod';
import type { OwnedParameter } from '@fairlead/core';
import { CalicoEncapsulation } from './settings.js';

const ciliumRouting = 'https://docs.cilium.io/en/stable/network/concepts/routing/';
const calicoOverlay = 'https://docs.tigera.io/calico/latest/networking/configuring/vxlan-ipip';

const ofCluster = {
  owner: 'cni',
  unit: 'choice',
  scope: 'cluster',
  cost: 'connection-cut',
} as const;

/** What this tuner decides about, by the names of the catalogue. Source: domain.md 6. */
export const datapathParameters: readonly OwnedParameter[] = [
  {
    ...ofCluster,
    name: 'cni.cilium.kubeProxyReplacement',
    title:
      'whether Cilium handles Services in place of kube-proxy, which is kept off the nodes then',
    value: z.boolean(),
    sinceKernel: '5.10',
    source: 'https://docs.cilium.io/en/stable/network/kubernetes/kubeproxy-free/',
  },
  {
    ...ofCluster,
    name: 'cni.cilium.routingMode',
    title: 'tunnels between nodes, or the network’s own routes',
    value: z.enum(['tunnel', 'native']),
    source: ciliumRouting,
  },
  {
    ...ofCluster,
    name: 'cni.cilium.ipv4NativeRoutingCIDR',
    title: 'the range in which Cilium translates no addresses, in native mode',
    unit: 'CIDR',
    // As text of bounded length; the settings hold the stricter schema.
    value: z
      .string()
      .max(18)
      .regex(/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/),
    source: ciliumRouting,
  },
  {
    ...ofCluster,
    name: 'cni.cilium.autoDirectNodeRoutes',
    title: 'routes to the other nodes’ pods, where all nodes share one network',
    value: z.boolean(),
    source: ciliumRouting,
  },
  {
    ...ofCluster,
    name: 'cni.calico.encapsulation',
    title: 'how packets between nodes are wrapped (Installation spec.calicoNetwork.ipPools)',
    value: CalicoEncapsulation,
    source: 'https://docs.tigera.io/calico/latest/reference/installation/api',
  },
  {
    ...ofCluster,
    name: 'cni.calico.ipipMode',
    title: 'IPIP between nodes, IPv4 alone (IPPool); Azure drops it',
    value: z.enum(['Never', 'Always', 'CrossSubnet']),
    source: calicoOverlay,
  },
  {
    ...ofCluster,
    name: 'cni.calico.vxlanMode',
    title: 'VXLAN between nodes (IPPool)',
    value: z.enum(['Never', 'Always', 'CrossSubnet']),
    source: calicoOverlay,
  },
  {
    ...ofCluster,
    name: 'cni.calico.linuxDataplane',
    title: 'which data plane Calico’s operator sets up; with BPF it handles Services too',
    value: z.enum(['Iptables', 'BPF', 'Nftables', 'VPP']),
    source: 'https://docs.tigera.io/calico/latest/operations/ebpf/enabling-ebpf',
  },
];

import { z } from 'zod';
import type { KnownParameter } from '../catalogue.js';
import { either, whole, yesOrNo } from '../values.js';

const networking = 'https://docs.kernel.org/networking/';
const ethtool = 'https://man7.org/linux/man-pages/man8/ethtool.8.html';
const ipSysctl = `${networking}ip-sysctl.html`;
const scaling = `${networking}scaling.html`;
const ipvs = `${networking}ipvs-sysctl.html`;

/**
 * Of a node and its network cards: what Fairlead knows and does not write. Device settings belong to
 * drivers, clouds and the image of the node; forwarding and filtering belong to the CNI plugin.
 */
export const kernelParameters: readonly KnownParameter[] = (
  [
    {
      name: 'nic.ring.rx',
      title: 'packets that a card can receive before the kernel takes them; rx_missed_errors tells',
      unit: 'descriptors',
      value: whole(64, 32_768),
      cost: 'connection-cut',
      source: ethtool,
    },
    {
      name: 'nic.ring.tx',
      title: 'packets that wait to be sent by a card',
      unit: 'descriptors',
      value: whole(64, 32_768),
      cost: 'connection-cut',
      source: ethtool,
    },
    {
      name: 'nic.channels.combined',
      title: 'queues of a card, and so CPUs that receive',
      unit: 'queues',
      value: whole(1, 256),
      cost: 'connection-cut',
      source: ethtool,
    },
    {
      name: 'nic.coalesce.rxUsecs',
      title: 'how long a card gathers packets before it interrupts',
      unit: 'microseconds',
      value: whole(0, 1000),
      cost: 'none',
      source: ethtool,
    },
    {
      name: 'nic.features.gro',
      title: 'received packets joined before the stack sees them',
      unit: 'choice',
      value: yesOrNo,
      cost: 'none',
      source: ethtool,
    },
    {
      name: 'nic.features.tso',
      title: 'segments cut by the card',
      unit: 'choice',
      value: yesOrNo,
      cost: 'none',
      source: ethtool,
    },
    {
      name: 'nic.mtu',
      title: 'largest packet of the uplink; every pod’s MTU follows from the smallest of them',
      unit: 'bytes',
      value: whole(1280, 9216),
      cost: 'connection-cut',
      source: `${networking}netdevices.html`,
    },
    {
      name: 'nic.txqueuelen',
      title: 'packets in the queue of a device without a discipline of its own',
      unit: 'packets',
      value: whole(0, 20_000),
      cost: 'none',
      source: 'https://man7.org/linux/man-pages/man8/ip-link.8.html',
    },
    {
      name: 'nic.rps_cpus',
      title: 'CPUs that process what one queue receives, where a card has too few queues',
      unit: 'mask of CPUs, hexadecimal',
      value: z
        .string()
        .max(64)
        .regex(/^[0-9a-f]{1,8}(,[0-9a-f]{8})*$/),
      cost: 'none',
      source: scaling,
    },
    {
      name: 'nic.rps_flow_cnt',
      title: 'flows that a queue remembers for receive flow steering',
      unit: 'flows',
      value: whole(0, 65_536),
      cost: 'none',
      source: scaling,
    },
    {
      name: 'nic.xps_cpus',
      title: 'CPUs that send through one queue',
      unit: 'mask of CPUs, hexadecimal',
      value: z
        .string()
        .max(64)
        .regex(/^[0-9a-f]{1,8}(,[0-9a-f]{8})*$/),
      cost: 'none',
      source: scaling,
    },
    {
      name: 'net.ipv4.ip_forward',
      title: 'packets between interfaces; without it no pod reaches another node',
      unit: 'choice: 0 or 1',
      value: z.literal([0, 1]),
      cost: 'connection-cut',
      source: ipSysctl,
      owner: 'cni',
    },
    {
      name: 'net.ipv4.conf.all.rp_filter',
      title: 'packets from unexpected sides are dropped; CNI plugins set what their routes need',
      unit: 'choice: 0 off, 1 strict, 2 loose',
      value: z.literal([0, 1, 2]),
      cost: 'connection-cut',
      source: ipSysctl,
      owner: 'cni',
    },
    {
      name: 'net.bridge.bridge-nf-call-iptables',
      title: 'packets of bridges seen by iptables; bridge plugins need it for Services',
      unit: 'choice: 0 or 1',
      value: z.literal([0, 1]),
      cost: 'connection-cut',
      source: 'https://docs.kernel.org/admin-guide/sysctl/net.html',
      owner: 'cni',
    },
    {
      name: 'net.ipv4.tcp_mem',
      title: 'memory of all TCP sockets together: low, pressure, limit',
      unit: 'pages',
      value: z.tuple([whole(1024, 2 ** 31), whole(1024, 2 ** 31), whole(1024, 2 ** 31)]),
      cost: 'none',
      source: ipSysctl,
    },
    {
      name: 'net.ipv4.udp_mem',
      title: 'memory of all UDP sockets together: low, pressure, limit',
      unit: 'pages',
      value: z.tuple([whole(1024, 2 ** 31), whole(1024, 2 ** 31), whole(1024, 2 ** 31)]),
      cost: 'none',
      source: ipSysctl,
    },
    {
      name: 'net.ipv4.vs.conn_reuse_mode',
      title: 'what IPVS does when a client’s port comes again; kube-proxy sets it below 5.9',
      unit: 'choice: 0, 1 or 2',
      value: z.literal([0, 1, 2]),
      cost: 'none',
      source: ipvs,
      owner: 'kube-proxy',
      sinceKernel: '4.1',
      untilKubernetes: '1.42',
    },
    {
      name: 'net.ipv4.vs.expire_nodest_conn',
      title: 'connections of an endpoint that is gone end at once; kube-proxy sets it',
      unit: 'choice: 0 or 1',
      value: z.literal([0, 1]),
      cost: 'none',
      source: ipvs,
      owner: 'kube-proxy',
      untilKubernetes: '1.42',
    },
    {
      name: 'kernel.modules',
      title: 'modules that a mode of kube-proxy needs, loaded or loadable',
      unit: 'names',
      value: z
        .array(either('ip_vs', 'ip_vs_rr', 'ip_vs_wrr', 'ip_vs_sh', 'nf_tables', 'nf_conntrack'))
        .min(1)
        .max(6),
      cost: 'none',
      source: 'https://kubernetes.io/docs/reference/node/kernel-version-requirements/',
    },
  ] as const
).map((parameter) => ({ owner: 'kernel', scope: 'node', ...parameter }));

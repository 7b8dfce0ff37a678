import type { KernelKeyName } from '@fairlead/core';

/** One timeout: its kernel key, its bounds in seconds, and kube-proxy's own field for it, if any. */
export interface TimeoutEntry {
  readonly key: KernelKeyName;
  readonly min: number;
  readonly max: number;
  readonly kernelDefault: number;
  readonly bounds: string;
  readonly kubeProxyField?: KubeProxyField;
}

/** Fields of kube-proxy's `conntrack` section that hold a duration. */
export type KubeProxyField =
  'tcpEstablishedTimeout' | 'tcpCloseWaitTimeout' | 'udpTimeout' | 'udpStreamTimeout';

const prefix = 'net.netfilter.nf_conntrack_';
const handshake = 'At least three SYN retransmissions (7 s) must fit in.';
const closing = 'Below 10 s late packets of a closing connection count as invalid.';

/** Source: domain.md 2.3; Documentation/networking/nf_conntrack-sysctl.rst. */
export const timeouts = {
  tcpEstablished: {
    key: `${prefix}tcp_timeout_established`,
    min: 300,
    max: 432_000,
    kernelDefault: 432_000,
    bounds:
      'From 5 minutes, below which idle connections lose their entry between two keep-alives of common clients, to the kernel’s own 5 days.',
    kubeProxyField: 'tcpEstablishedTimeout',
  },
  tcpCloseWait: {
    key: `${prefix}tcp_timeout_close_wait`,
    min: 10,
    max: 7200,
    kernelDefault: 60,
    bounds: `${closing} Above two hours the entries of leaking servers fill the table.`,
    kubeProxyField: 'tcpCloseWaitTimeout',
  },
  tcpTimeWait: {
    key: `${prefix}tcp_timeout_time_wait`,
    min: 10,
    max: 240,
    kernelDefault: 120,
    bounds: `${closing} Above 240 s, twice the segment lifetime, nothing is left to wait for.`,
  },
  tcpFinWait: {
    key: `${prefix}tcp_timeout_fin_wait`,
    min: 10,
    max: 600,
    kernelDefault: 120,
    bounds: closing,
  },
  tcpLastAck: {
    key: `${prefix}tcp_timeout_last_ack`,
    min: 5,
    max: 120,
    kernelDefault: 30,
    bounds: 'Below 5 s one retransmission does not fit in.',
  },
  tcpClose: {
    key: `${prefix}tcp_timeout_close`,
    min: 1,
    max: 60,
    kernelDefault: 10,
    bounds: 'A reset connection has nothing more to say: a second is enough.',
  },
  tcpSynSent: {
    key: `${prefix}tcp_timeout_syn_sent`,
    min: 10,
    max: 240,
    kernelDefault: 120,
    bounds: handshake,
  },
  tcpSynRecv: {
    key: `${prefix}tcp_timeout_syn_recv`,
    min: 10,
    max: 120,
    kernelDefault: 60,
    bounds: handshake,
  },
  udp: {
    key: `${prefix}udp_timeout`,
    min: 5,
    max: 300,
    kernelDefault: 30,
    bounds: 'Below 5 s a slow DNS answer finds no entry and is dropped.',
    kubeProxyField: 'udpTimeout',
  },
  udpStream: {
    key: `${prefix}udp_timeout_stream`,
    min: 30,
    max: 600,
    kernelDefault: 120,
    bounds: 'QUIC and most UDP protocols keep alive every 15 to 30 s.',
    kubeProxyField: 'udpStreamTimeout',
  },
  icmp: {
    key: `${prefix}icmp_timeout`,
    min: 5,
    max: 120,
    kernelDefault: 30,
    bounds: 'Below 5 s slow echo replies are lost.',
  },
  generic: {
    key: `${prefix}generic_timeout`,
    min: 30,
    max: 1200,
    kernelDefault: 600,
    bounds: 'Protocols that conntrack does not know, some of them silent for minutes.',
  },
} as const satisfies Record<string, TimeoutEntry>;

export type TimeoutName = keyof typeof timeouts;
export const timeoutNames = Object.keys(timeouts) as TimeoutName[];

export const maxKey = `${prefix}max` satisfies KernelKeyName;
export const bucketsKey = `${prefix}buckets` satisfies KernelKeyName;
export const beLiberalKey = `${prefix}tcp_be_liberal` satisfies KernelKeyName;

/** Every key that this tuner owns. */
export const conntrackKeys: readonly KernelKeyName[] = [
  maxKey,
  bucketsKey,
  beLiberalKey,
  ...timeoutNames.map((name) => timeouts[name].key),
];

import { z } from 'zod';
import type { KernelKeyName } from '@fairlead/core';
import type { Growth } from './growth.js';
import { portsOf, portsText } from './growth.js';

/** Kernel keys of this tuner: all that Fairlead may write but conntrack's. */
export type SysctlKey = Exclude<KernelKeyName, `net.netfilter.${string}`>;

/** A value as a user writes it: a number, the fields of a key that has several, or a word. */
export type SysctlValue = number | readonly number[] | string;

export interface CatalogueEntry {
  readonly shape: z.ZodType<SysctlValue>;
  readonly unit: string;
  readonly growth: Growth | null;
  /** What current kernels start with, as text. */
  readonly kernelDefault: string;
  /** Since when a kubelet lets any pod set it; absent when only `allowedUnsafeSysctls` does. */
  readonly podSafeSince?: { readonly kubernetes: string; readonly kernel: string };
  /** Why the bounds are where they are. */
  readonly bounds: string;
  /** What it does not do, or can do wrong; told with every plan that changes it. */
  readonly caveat?: string;
  readonly source: string;
}

const kib = 1024;
const mib = 1024 * kib;

function count(min: number, max: number): z.ZodType<SysctlValue> {
  return z.int().min(min).max(max);
}

/** Smallest, initial and largest buffer of a TCP socket, bytes, none below the one before it. */
function buffers(): z.ZodType<SysctlValue> {
  const size = z
    .int()
    .min(4 * kib)
    .max(64 * mib);
  return z
    .tuple([size, size, size])
    .refine(([min, initial, max]) => min <= initial && initial <= max, 'must not fall');
}

/** First and last port. */
function portRange(): z.ZodType<SysctlValue> {
  const port = z.int().min(1024).max(65_535);
  return z
    .tuple([port, port])
    .refine(([first, last]) => last - first >= 1000, 'must span at least 1000 ports');
}

/** Ports and ranges of them, in any order. */
function ports(): z.ZodType<SysctlValue> {
  return z
    .string()
    .max(1024)
    .regex(/^(\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*)?$/)
    .refine(
      (text) =>
        portsOf(text).every(([first, last]) => first >= 1 && first <= last && last <= 65_535),
      'must hold ports from 1 to 65535, the smaller first',
    );
}

const sockets = 'https://docs.kernel.org/admin-guide/sysctl/net.html';
const tcp = 'https://docs.kernel.org/networking/ip-sysctl.html';
const socketBufferBounds =
  'At least a kernel’s own default of 208 KiB; at most 64 MiB, since one socket may take that much memory.';
const onlyExplicit =
  'It caps only buffers that a program sets itself (UDP, QUIC, some databases). TCP’s autotuning is bounded by tcp_rmem and tcp_wmem.';
const busyPollBounds =
  'Microseconds that a CPU spins: 0 turns it off, 50 is usual, above 200 only heats.';
const neighbourBounds =
  'From the kernel’s default upwards; at most 262144, about 100 MB of neighbour entries.';
const neighbourCaveat =
  'Keep gc_thresh1 ≤ gc_thresh2 ≤ gc_thresh3, each for all links of the machine together.';
const tcpBufferBounds =
  'At least one page; at most 64 MiB, since one connection may take that much and larger buffers lengthen queues.';

export const catalogue: Readonly<Record<SysctlKey, CatalogueEntry>> = {
  'net.core.busy_poll': {
    shape: count(0, 200),
    unit: 'microseconds',
    growth: null,
    kernelDefault: '0',
    bounds: busyPollBounds,
    caveat: 'Polling trades CPU for latency, on every socket that calls poll or select.',
    source: sockets,
  },
  'net.core.busy_read': {
    shape: count(0, 200),
    unit: 'microseconds',
    growth: null,
    kernelDefault: '0',
    bounds: busyPollBounds,
    caveat: 'Polling trades CPU for latency, on every socket made from now on.',
    source: sockets,
  },
  'net.core.default_qdisc': {
    shape: z.enum(['pfifo_fast', 'fq', 'fq_codel', 'cake', 'sfq']),
    unit: 'name of a queueing discipline',
    growth: null,
    kernelDefault: 'pfifo_fast',
    bounds: 'Disciplines that need no set-up of their own.',
    caveat:
      'Only devices made from now on use it. The kernel lets nobody set it without CAP_NET_ADMIN, which our agents do not have, so nodes report it as read-only and the plan is refused.',
    source: sockets,
  },
  'net.core.netdev_budget': {
    shape: count(300, 4000),
    unit: 'packets per poll cycle',
    growth: 'higher',
    kernelDefault: '300',
    bounds: 'From the default; above 4000 one cycle holds a CPU for too long.',
    caveat: 'It helps where the counter softnet.time_squeeze grows, and nowhere else.',
    source: sockets,
  },
  'net.core.netdev_budget_usecs': {
    shape: count(2000, 50_000),
    unit: 'microseconds per poll cycle',
    growth: 'higher',
    kernelDefault: '8000',
    bounds: 'At least one timer tick of common kernels; above 50 ms other work on the CPU starves.',
    caveat: 'It helps where the counter softnet.time_squeeze grows, and nowhere else.',
    source: sockets,
  },
  'net.core.netdev_max_backlog': {
    shape: count(1000, 30_000),
    unit: 'packets per CPU',
    growth: 'higher',
    kernelDefault: '1000',
    bounds: 'From the default; above 30000 a full queue delays packets by more than it saves.',
    caveat:
      'It is the queue of loopback, veth, tunnels and RPS; network cards use netdev_budget. It helps where softnet.dropped grows.',
    source: sockets,
  },
  'net.core.optmem_max': {
    shape: count(20_480, 16 * mib),
    unit: 'bytes per socket',
    growth: 'higher',
    kernelDefault: '131072',
    bounds:
      'From the default of older kernels; more than 16 MiB of ancillary data per socket is a leak.',
    source: sockets,
  },
  'net.core.rmem_default': {
    shape: count(212_992, 64 * mib),
    unit: 'bytes',
    growth: 'higher',
    kernelDefault: '212992',
    bounds: socketBufferBounds,
    caveat: 'Every socket that is not TCP starts with it: memory grows with their number.',
    source: sockets,
  },
  'net.core.rmem_max': {
    shape: count(212_992, 64 * mib),
    unit: 'bytes',
    growth: 'higher',
    kernelDefault: '212992',
    bounds: socketBufferBounds,
    caveat: onlyExplicit,
    source: sockets,
  },
  'net.core.somaxconn': {
    shape: count(128, 65_535),
    unit: 'connections per listening socket',
    growth: 'higher',
    kernelDefault: '4096',
    bounds: 'From the default before Linux 5.4; above 65535 older kernels wrap around.',
    caveat:
      'It applies when a server calls listen(): running servers keep their queue, and many ask for less (nginx and redis 511).',
    source: sockets,
  },
  'net.core.wmem_default': {
    shape: count(212_992, 64 * mib),
    unit: 'bytes',
    growth: 'higher',
    kernelDefault: '212992',
    bounds: socketBufferBounds,
    caveat: 'Every socket that is not TCP starts with it: memory grows with their number.',
    source: sockets,
  },
  'net.core.wmem_max': {
    shape: count(212_992, 64 * mib),
    unit: 'bytes',
    growth: 'higher',
    kernelDefault: '212992',
    bounds: socketBufferBounds,
    caveat: onlyExplicit,
    source: sockets,
  },
  'net.ipv4.ip_local_port_range': {
    shape: portRange(),
    unit: 'first and last port',
    growth: 'wider',
    kernelDefault: '32768 60999',
    podSafeSince: { kubernetes: '1.14', kernel: '3.13' },
    bounds:
      'Ports from 1024 to 65535. On a host, a first port below 32768 also needs ip_local_reserved_ports, since it meets NodePorts and the ports of Kubernetes’ own servers.',
    caveat: 'It adds no room for masqueraded connections: SNAT picks its ports by itself.',
    source: tcp,
  },
  'net.ipv4.ip_local_reserved_ports': {
    shape: ports(),
    unit: 'ports and ranges, separated by commas',
    growth: 'superset',
    kernelDefault: '',
    podSafeSince: { kubernetes: '1.27', kernel: '3.16' },
    bounds: 'At most 1024 characters.',
    caveat:
      'It keeps the kernel from picking these ports by itself; a program may still bind them.',
    source: tcp,
  },
  'net.ipv4.neigh.default.gc_thresh1': {
    shape: count(128, 262_144),
    unit: 'neighbours kept without collection',
    growth: 'higher',
    kernelDefault: '128',
    bounds: neighbourBounds,
    caveat: neighbourCaveat,
    source: tcp,
  },
  'net.ipv4.neigh.default.gc_thresh2': {
    shape: count(512, 262_144),
    unit: 'neighbours before collection after 5 s',
    growth: 'higher',
    kernelDefault: '512',
    bounds: neighbourBounds,
    caveat: neighbourCaveat,
    source: tcp,
  },
  'net.ipv4.neigh.default.gc_thresh3': {
    shape: count(1024, 262_144),
    unit: 'neighbours at most',
    growth: 'higher',
    kernelDefault: '1024',
    bounds: neighbourBounds,
    caveat: neighbourCaveat,
    source: tcp,
  },
  'net.ipv4.tcp_congestion_control': {
    shape: z.enum(['bbr', 'cubic', 'reno', 'dctcp', 'htcp', 'vegas', 'westwood', 'bic']),
    unit: 'name of an algorithm',
    growth: null,
    kernelDefault: 'cubic',
    bounds: 'Algorithms of the kernel’s own tree; the plan refuses one that a node does not offer.',
    caveat:
      'Connections that exist keep theirs. dctcp is only for networks whose switches mark ECN.',
    source: tcp,
  },
  'net.ipv4.tcp_ecn': {
    shape: z.literal([0, 1, 2, 3, 4, 5]),
    unit: 'choice: 0 never, 1 ask and accept, 2 accept only, 3 to 5 accurate ECN',
    growth: null,
    kernelDefault: '2',
    bounds: 'The values that kernels know; 3 to 5 only since Linux 6.18.',
    caveat: 'A few old middleboxes drop connections that ask for ECN.',
    source: tcp,
  },
  'net.ipv4.tcp_fin_timeout': {
    shape: count(15, 120),
    unit: 'seconds',
    growth: null,
    kernelDefault: '60',
    podSafeSince: { kubernetes: '1.29', kernel: '4.6' },
    bounds: 'Below 15 s a slow peer’s last data is lost; above 120 s orphans pile up.',
    caveat: 'It times orphaned FIN-WAIT-2 sockets. It does not shorten TIME-WAIT.',
    source: tcp,
  },
  'net.ipv4.tcp_keepalive_intvl': {
    shape: count(5, 300),
    unit: 'seconds',
    growth: null,
    kernelDefault: '75',
    podSafeSince: { kubernetes: '1.29', kernel: '4.5' },
    bounds: 'Below 5 s a short hiccup ends connections; above 300 s dead ones stay for an hour.',
    caveat: 'Only sockets with SO_KEEPALIVE send any.',
    source: tcp,
  },
  'net.ipv4.tcp_keepalive_probes': {
    shape: count(2, 20),
    unit: 'probes without answer',
    growth: null,
    kernelDefault: '9',
    podSafeSince: { kubernetes: '1.29', kernel: '4.5' },
    bounds: 'With fewer than 2, one lost packet ends a connection.',
    caveat: 'Only sockets with SO_KEEPALIVE send any.',
    source: tcp,
  },
  'net.ipv4.tcp_keepalive_time': {
    shape: count(30, 7200),
    unit: 'seconds idle before the first probe',
    growth: null,
    kernelDefault: '7200',
    podSafeSince: { kubernetes: '1.29', kernel: '4.5' },
    bounds:
      'Below 30 s the probes are traffic of their own; above the default NATs have forgotten the connection.',
    caveat: 'Only sockets with SO_KEEPALIVE send any.',
    source: tcp,
  },
  'net.ipv4.tcp_max_orphans': {
    shape: count(4096, 1_048_576),
    unit: 'sockets',
    growth: 'higher',
    kernelDefault: 'by memory',
    bounds: 'Each orphan may hold 64 KiB that cannot be swapped: 1048576 of them are 64 GiB.',
    caveat: 'Lowering it resets connections; raising it rarely helps.',
    source: tcp,
  },
  'net.ipv4.tcp_max_syn_backlog': {
    shape: count(128, 65_536),
    unit: 'half-open connections per listening socket',
    growth: 'higher',
    kernelDefault: 'by memory',
    bounds:
      'From the smallest value that kernels choose; above 65536 it is never reached before somaxconn.',
    caveat:
      'The queue is bounded by min(listen() backlog, somaxconn) anyway, and with tcp_syncookies overflow is answered with cookies.',
    source: tcp,
  },
  'net.ipv4.tcp_mtu_probing': {
    shape: z.literal([0, 1, 2]),
    unit: 'choice: 0 off, 1 after a black hole was found, 2 always',
    growth: null,
    kernelDefault: '0',
    bounds: 'The values that the kernel knows.',
    caveat: 'It works around paths that drop large packets; it does not repair their MTU.',
    source: tcp,
  },
  'net.ipv4.tcp_notsent_lowat': {
    shape: count(16_384, 4_294_967_295),
    unit: 'bytes not yet sent per socket',
    growth: null,
    kernelDefault: '4294967295',
    podSafeSince: { kubernetes: '1.37', kernel: '4.6' },
    bounds: 'Below 16 KiB throughput falls; 4294967295 is “no limit”, the default.',
    source: tcp,
  },
  'net.ipv4.tcp_rmem': {
    shape: buffers(),
    unit: 'bytes: smallest, initial, largest',
    growth: 'higher',
    kernelDefault: '4096 131072 6291456',
    podSafeSince: { kubernetes: '1.32', kernel: '4.15' },
    bounds: tcpBufferBounds,
    caveat:
      'Size the largest by bandwidth × round-trip time: the default already covers 10 Gbit/s over 4 ms.',
    source: tcp,
  },
  'net.ipv4.tcp_slow_start_after_idle': {
    shape: z.literal([0, 1]),
    unit: 'choice: 0 keep the window, 1 start slowly again',
    growth: null,
    kernelDefault: '1',
    podSafeSince: { kubernetes: '1.37', kernel: '4.15' },
    bounds: 'The values that the kernel knows.',
    caveat:
      'It helps bursty keep-alive connections over more than about 1 ms; bursts may overrun shallow buffers.',
    source: tcp,
  },
  'net.ipv4.tcp_syncookies': {
    shape: z.literal([0, 1, 2]),
    unit: 'choice: 0 off, 1 when the queue overflows, 2 always',
    growth: null,
    kernelDefault: '1',
    podSafeSince: { kubernetes: '1.14', kernel: '4.6' },
    bounds: 'The values that the kernel knows.',
    caveat: 'Without cookies a SYN flood fills the queue; 2 is for tests.',
    source: tcp,
  },
  'net.ipv4.tcp_tw_reuse': {
    shape: z.literal([0, 1, 2]),
    unit: 'choice: 0 off, 1 for all, 2 for loopback only',
    growth: null,
    kernelDefault: '2',
    bounds: 'The values that the kernel knows.',
    caveat:
      'It concerns outgoing connections alone, needs TCP timestamps, and its default is 2, not 0.',
    source: tcp,
  },
  'net.ipv4.tcp_wmem': {
    shape: buffers(),
    unit: 'bytes: smallest, initial, largest',
    growth: 'higher',
    kernelDefault: '4096 16384 4194304',
    podSafeSince: { kubernetes: '1.32', kernel: '4.15' },
    bounds: tcpBufferBounds,
    caveat:
      'Size the largest by bandwidth × round-trip time: the default already covers 10 Gbit/s over 3 ms.',
    source: tcp,
  },
};

export const sysctlKeys = Object.keys(catalogue) as SysctlKey[];

/** The text that the kernel is given, in the form in which it answers. */
export function valueText(key: SysctlKey, value: SysctlValue): string {
  if (catalogue[key].growth === 'superset') return portsText(portsOf(String(value)));
  return typeof value === 'object' ? value.join(' ') : String(value);
}

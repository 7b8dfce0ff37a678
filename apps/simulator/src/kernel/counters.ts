import type { CounterReading } from '@fairlead/core';
import type { NodeKernel } from './node-kernel.js';

/** Events per second of a quiet node. Invented: they depend on nothing that can be tuned. */
const rates: Readonly<Record<string, number>> = {
  'Ip.InDiscards': 0,
  'Ip.OutDiscards': 0,
  'Ip.OutNoRoutes': 0,
  'Tcp.ActiveOpens': 12,
  'Tcp.PassiveOpens': 11,
  'Tcp.AttemptFails': 0.2,
  'Tcp.EstabResets': 0.1,
  'Tcp.InSegs': 900,
  'Tcp.OutSegs': 950,
  'Tcp.RetransSegs': 0.4,
  'Tcp.InErrs': 0,
  'Tcp.OutRsts': 0.6,
  'Udp.InDatagrams': 60,
  'Udp.OutDatagrams': 60,
  'Udp.NoPorts': 0.05,
  'Udp.InErrors': 0,
  'Udp.RcvbufErrors': 0,
  'Udp.SndbufErrors': 0,
  'Udp.MemErrors': 0,
  'TcpExt.ListenOverflows': 0,
  'TcpExt.ListenDrops': 0,
  'TcpExt.TCPReqQFullDrop': 0,
  'TcpExt.TCPReqQFullDoCookies': 0,
  'TcpExt.TCPBacklogDrop': 0,
  'TcpExt.TCPRcvQDrop': 0,
  'TcpExt.PruneCalled': 0,
  'TcpExt.RcvPruned': 0,
  'TcpExt.TCPRcvCollapsed': 0,
  'TcpExt.TCPZeroWindowDrop': 0,
  'TcpExt.TCPSynRetrans': 0.05,
  'TcpExt.TCPTimeouts': 0.1,
  'TcpExt.TCPLostRetransmit': 0,
  'TcpExt.TCPSlowStartRetrans': 0,
  'TcpExt.TCPTimeWaitOverflow': 0,
  'TcpExt.TW': 9,
  'TcpExt.TWRecycled': 0.5,
  'TcpExt.PAWSEstab': 0,
  'TcpExt.TCPAbortOnMemory': 0,
  'TcpExt.TCPMemoryPressures': 0,
  'softnet.processed': 1800,
  'softnet.dropped': 0,
  'softnet.time_squeeze': 0.01,
  'conntrack.found': 0.3,
  'conntrack.invalid': 0.2,
  'conntrack.insert_failed': 0.01,
  'conntrack.search_restart': 0.02,
  'conntrack.clashres': 0.05,
  'conntrack.chainlength': 0,
  'conntrack.icmp_error': 0,
};

/** New connections per second that a full table turns away. */
const droppedPerSecond = 20;

/** Counters of the host's namespace, so many seconds after the boot. */
export function countersAt(seconds: number, kernel: NodeKernel): CounterReading[] {
  const grown: CounterReading[] = Object.entries(rates).map(([name, rate]) => ({
    name,
    value: Math.floor(rate * seconds),
    kind: 'counter',
  }));
  const lost = kernel.lostToFullTable();
  return [
    ...grown,
    { name: 'conntrack.drop', value: Math.floor(lost * droppedPerSecond), kind: 'counter' },
    { name: 'conntrack.early_drop', value: Math.floor(lost), kind: 'counter' },
    { name: 'conntrack.entries', value: kernel.tracked(), kind: 'gauge' },
    { name: 'conntrack.count', value: kernel.tracked(), kind: 'gauge' },
    {
      name: 'conntrack.max',
      value: kernel.number('net.netfilter.nf_conntrack_max'),
      kind: 'gauge',
    },
    {
      name: 'conntrack.buckets',
      value: kernel.number('net.netfilter.nf_conntrack_buckets'),
      kind: 'gauge',
    },
  ];
}

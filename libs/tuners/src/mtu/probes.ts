import type { ProbeSpec } from '@fairlead/core';

/**
 * What an MTU that does not fit shows in: packets that are cut up, refused or put together again, and TCP
 * that finds out by losing. Small packets must fare no worse. Source: domain.md 5.4, 7.1.
 */
export const mtuProbes: readonly ProbeSpec[] = [
  { type: 'tcp-rr' },
  { type: 'tcp-crr', via: 'direct' },
  { type: 'tcp-crr', via: 'cluster-ip' },
  { type: 'udp-rr' },
  { type: 'counter', counter: 'Ip.FragFails' },
  { type: 'counter', counter: 'Ip.FragCreates' },
  { type: 'counter', counter: 'Ip.ReasmFails' },
  { type: 'counter', counter: 'TcpExt.TCPMTUPFail' },
  { type: 'counter', counter: 'TcpExt.TCPTimeouts' },
  { type: 'counter', counter: 'Tcp.RetransSegs' },
  { type: 'counter', counter: 'Tcp.EstabResets' },
  { type: 'dns', name: 'kubernetes.default.svc.cluster.local.' },
];

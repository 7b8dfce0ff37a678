import type { AgentOrder, LinkReading, PathReading, PathTarget } from '@fairlead/core';

/** Links and paths of a simulated node: flannel's rules for the MTU, and packets by arithmetic. */

/** Bytes that VXLAN over IPv4 puts around a packet. Source: domain.md 5.1. */
export const tunnelBytes = 50;

/** MTU of new pods under a net-conf.json, on a node whose uplink has an MTU. Source: domain.md 5.2. */
export function flannelPodMtu(netConf: string, uplinkMtuBytes: number): number {
  const { Backend = {} } = JSON.parse(netConf) as { Backend?: { Type?: string; MTU?: number } };
  if (Backend.Type === 'host-gw') return uplinkMtuBytes;
  return (Backend.MTU ?? uplinkMtuBytes) - tunnelBytes;
}

/**
 * Of a host: its uplink, the tunnel, which flannel makes once and keeps, the bridge, which takes the smallest MTU of
 * the links on it, and the host's end of each pod's link.
 */
export function hostLinks(address: string, uplink: number, pods: readonly number[]): LinkReading[] {
  const tunnel = uplink - tunnelBytes;
  return [
    { name: 'cni0', mtuBytes: Math.min(tunnel, ...pods), addresses: [] },
    { name: 'eth0', mtuBytes: uplink, addresses: [address] },
    { name: 'flannel.1', mtuBytes: tunnel, addresses: [] },
    ...pods.map((mtuBytes, at) => ({ name: `veth${at}`, mtuBytes, addresses: [] })),
  ];
}

export function podLinks(address: string, mtuBytes: number): LinkReading[] {
  return [{ name: 'eth0', mtuBytes, addresses: [address] }];
}

/** The way onwards from a link: what it carries, and whether what is larger is lost without a word. */
export interface Way {
  readonly carriesBytes: number;
  readonly isSilent: boolean;
}

/** What a search finds; null `way` when nobody is at the address. */
export function pathReading(
  { address }: PathTarget,
  { ceilingBytes }: Extract<AgentOrder, { do: 'path-mtu' }>,
  from: string,
  linkMtuBytes: number,
  way: Way | null,
): PathReading {
  const own = { address, from, link: 'eth0', linkMtuBytes };
  if (way === null) return { ...own, passesBytes: null, stoppedBy: 'no-answer' };
  const largest = Math.min(ceilingBytes, linkMtuBytes);
  if (way.carriesBytes >= largest) {
    const stoppedBy = linkMtuBytes <= ceilingBytes ? 'interface' : 'ceiling';
    return { ...own, passesBytes: largest, stoppedBy };
  }
  const stoppedBy = way.isSilent ? 'silence' : 'too-big';
  return { ...own, passesBytes: way.carriesBytes, stoppedBy };
}

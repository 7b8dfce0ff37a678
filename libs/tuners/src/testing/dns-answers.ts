import type { AgentOrder } from '@fairlead/core';

/** What agents on a node, and in pods there, see of DNS. */
export interface WorldDns {
  /** Null: nothing answers on kube-proxy's port. */
  readonly proxyMode: string | null;
  readonly listeners: readonly { readonly address: string; readonly port: number }[];
  readonly nameserver: string;
}

const usual: WorldDns = { proxyMode: 'iptables', listeners: [], nameserver: '10.96.0.10' };
const searches = ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'];

/** Null for an order that is about something else. */
export function dnsAnswerOf(order: AgentOrder, dns: WorldDns = usual): unknown {
  const resolver = { nameservers: [dns.nameserver], searches, options: ['ndots:5'] };
  switch (order.do) {
    case 'read-kube-proxy':
      return { mode: dns.proxyMode, healthy: dns.proxyMode !== null };
    case 'read-resolver':
      return resolver;
    case 'read-pod-resolvers':
      return { pods: order.podUids.map((podUid) => ({ podUid, resolver, libc: 'other' })) };
    case 'read-listeners':
      return { listeners: dns.listeners.filter(({ port }) => order.ports.includes(port)) };
    default:
      return null;
  }
}

import type { AgentAnswer, AgentOrder } from '@fairlead/core';
import type { World, WorldProxy } from './world.js';

/** A kernel that can run any mode. */
export const everyMode: AgentAnswer<'read-proxy-support'> = {
  nft: { usable: true, why: 'The kernel accepted the rules.' },
  iptables: { usable: true, backend: 'nft', why: 'The kernel accepted the chains.' },
  ipvs: { usable: true, schedulers: ['rr', 'sh', 'wrr'], why: 'The kernel has IPVS.' },
  localhostNodePorts: 0,
  connections: { established: 7 },
};

/** What an agent says of kube-proxy on its node; null for an order about something else. */
export function proxyAnswerOf(world: World, proxy: WorldProxy | null, order: AgentOrder): unknown {
  const mode = proxy?.mode ?? null;
  switch (order.do) {
    case 'read-kube-proxy':
      return { mode, healthy: mode === null ? null : true, sync: null };
    case 'read-proxy-support':
      return proxy?.support ?? everyMode;
    case 'read-proxy-rules':
      return rulesOf(world, mode);
    default:
      return null;
  }
}

/** A few rules for each Service, as each mode makes them; nothing is left of another mode. */
function rulesOf(world: World, mode: string | null): AgentAnswer<'read-proxy-rules'> {
  const services = [...world.objects.values()].filter(({ kind }) => kind === 'Service').length;
  const isIn = (wanted: string) => mode === wanted;
  return {
    iptables: isIn('iptables')
      ? { chains: 8 + 2 * services, rules: 20 + 5 * services, services }
      : { chains: 0, rules: 0, services: 0 },
    nftables: isIn('nftables')
      ? { tables: ['ip kube-proxy'], rules: 30 + 4 * services }
      : { tables: [], rules: 0 },
    ipvs: isIn('ipvs')
      ? { virtualServers: services, interface: true }
      : { virtualServers: 0, interface: false },
    problem: null,
  };
}

import type { AgentAnswer } from '@fairlead/core';
import type { SimulatedNode } from '../config.js';

const modes = ['iptables', 'nftables', 'ipvs'] as const;
export type ProxyMode = (typeof modes)[number];

export function isProxyMode(text: string): text is ProxyMode {
  return (modes as readonly string[]).includes(text);
}

/** The packet rules that kube-proxy made in one simulated kernel. They outlive the process that made them. */
export class ProxyRules {
  readonly #node: SimulatedNode;
  readonly #present = new Set<ProxyMode>();
  #services: () => number = () => 0;
  #syncs = 0;
  #lastSync = 0;

  constructor(node: SimulatedNode) {
    this.#node = node;
  }

  /**
   * What kube-proxy does at its start: what belongs to nftables goes when another mode begins, and everything else
   * when nftables does. Between iptables and IPVS nothing is cleaned (domain.md 1.3).
   *
   * @throws Error when this kernel has not what the mode needs
   */
  start(mode: ProxyMode, services: () => number, now: Date): void {
    const support = this.support();
    if (mode === 'ipvs' && !support.ipvs.usable)
      throw new Error(`can't use the IPVS proxier: ${support.ipvs.why}`);
    if (mode === 'nftables' && !support.nft.usable)
      throw new Error(`can't use the nftables proxier: ${support.nft.why}`);
    for (const other of modes) {
      if (mode === 'nftables' ? other !== mode : other === 'nftables') this.#present.delete(other);
    }
    this.#present.add(mode);
    this.#services = services;
    this.#syncs = 1;
    this.#lastSync = now.getTime() / 1000;
  }

  /** `kube-proxy --cleanup`: takes away what every mode made. */
  cleanUp(): void {
    this.#present.clear();
  }

  read(): AgentAnswer<'read-proxy-rules'> {
    const services = this.#services();
    const has = (mode: ProxyMode) => this.#present.has(mode);
    return {
      // A Service: a chain for it with two rules and one for its endpoint with two more, and one that leads there.
      iptables: has('iptables')
        ? { chains: 6 + 2 * services, rules: 8 + 5 * services, services }
        : { chains: 0, rules: 0, services: 0 },
      nftables: has('nftables')
        ? { tables: ['ip kube-proxy'], rules: 12 + 6 * services }
        : { tables: [], rules: 0 },
      ipvs: { virtualServers: has('ipvs') ? services : 0, interface: has('ipvs') },
      problem: null,
    };
  }

  support(): AgentAnswer<'read-proxy-support'> {
    const { nft, ipvsSchedulers, connections } = this.#node;
    return {
      nft: {
        usable: nft,
        why: nft
          ? 'The kernel accepted the kinds of rules that nftables mode makes.'
          : 'nft: Could not process rule: Operation not supported',
      },
      iptables: {
        usable: true,
        backend: nft ? 'nft' : 'legacy',
        why: 'The kernel accepted chains for address translation.',
      },
      ipvs: {
        usable: ipvsSchedulers.length > 0,
        schedulers: ipvsSchedulers.toSorted(),
        why:
          ipvsSchedulers.length > 0
            ? `The kernel has IPVS with the schedulers ${ipvsSchedulers.join(', ')}.`
            : 'The kernel has no ip_vs (IPVS itself), no ip_vs_rr (any scheduler).',
      },
      localhostNodePorts: 0,
      connections: { established: Math.floor(connections / 3) },
    };
  }

  /** As its metrics tell it. A simulated kube-proxy syncs once, at its start. */
  sync(): NonNullable<AgentAnswer<'read-kube-proxy'>['sync']> {
    const milliseconds = this.#present.has('iptables') ? 40 + this.#services() / 4 : 30;
    return { lastSeconds: this.#lastSync, count: this.#syncs, meanMilliseconds: milliseconds };
  }
}

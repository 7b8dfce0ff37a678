import type { AgentAnswer } from '../../agent-protocol.js';
import type { AwaitCondition } from '../../await-condition.js';
import type { ProxyModeName } from '../../node-health.js';
import type { ChangeContext } from '../changes/executor.js';

type Rules = AgentAnswer<'read-proxy-rules'>;

/** Which nodes still hold what kube-proxy made in a mode, as a sentence. */
export async function nodesWithRules(
  { mode, nodes }: Extract<AwaitCondition, { type: 'proxy-rules-gone' }>,
  { cluster, signal }: ChangeContext,
): Promise<string | null> {
  const wrong: string[] = [];
  for (const node of nodes) {
    const left = rulesLeft(mode, await cluster.askHost(node, { do: 'read-proxy-rules' }, signal));
    if (left !== null) wrong.push(`${node}: ${left}`);
  }
  return wrong.length === 0
    ? null
    : `Rules of ${mode} mode should be gone, but ${wrong.join('; ')}.`;
}

/** What is left of a mode, in words; null when nothing is. */
export function rulesLeft(mode: ProxyModeName, rules: Rules): string | null {
  const unread = `they could not be read (${rules.problem ?? 'no reason given'})`;
  switch (mode) {
    case 'iptables': {
      if (rules.iptables === null) return unread;
      // IPVS mode has a few iptables rules of its own, in chains of the same names, but none for a Service.
      const isIpvs = (rules.ipvs?.virtualServers ?? 0) > 0;
      const { services, rules: count } = rules.iptables;
      const left = isIpvs ? services : count + services;
      return left === 0 ? null : `${count} iptables rules of kube-proxy are there`;
    }
    case 'nftables': {
      if (rules.nftables === null) return unread;
      const { tables } = rules.nftables;
      return tables.length === 0 ? null : `nftables has the table ${tables.join(' and ')}`;
    }
    case 'ipvs': {
      if (rules.ipvs === null) return unread;
      const { virtualServers, interface: isThere } = rules.ipvs;
      if (virtualServers === 0 && !isThere) return null;
      return `${virtualServers} virtual servers${isThere ? ' and kube-ipvs0' : ''} are there`;
    }
  }
}

/** Whether the kernel holds rules of a mode; null when it does, otherwise what is missing. */
export function rulesMissing(mode: ProxyModeName, rules: Rules): string | null {
  const counts = {
    iptables: rules.iptables?.rules,
    nftables: rules.nftables?.rules,
    ipvs: rules.ipvs?.virtualServers,
  };
  const count = counts[mode];
  if (count === undefined)
    return `its rules could not be read (${rules.problem ?? 'no reason given'})`;
  return count > 0 ? null : `no rule of ${mode} mode is there yet`;
}

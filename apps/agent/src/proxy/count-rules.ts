/**
 * Chains that are kube-proxy's own. The kubelet's (KUBE-FIREWALL, KUBE-KUBELET-CANARY, KUBE-IPTABLES-HINT) and the
 * CNI's stay whatever mode kube-proxy is in. Its canaries are its own, though they stay after a switch and hold no rule.
 */
const ownChain =
  /^KUBE-(SERVICES|EXTERNAL-SERVICES|NODEPORTS|POSTROUTING|MARK-MASQ|FORWARD|PROXY-FIREWALL|SVC-|SVL-|SEP-|EXT-|FW-|XLB-|LOAD-BALANCER|NODE-PORT|SOURCE-RANGES-FIREWALL)/;

/**
 * Chains that the kubelet made as well until 1.27 and kube-proxy's cleanup leaves: they say nothing about who uses
 * them, so they count only beside chains of Services.
 */
const sharedChain = /^KUBE-(POSTROUTING|MARK-MASQ)$/;

export interface IptablesCount {
  readonly chains: number;
  readonly rules: number;
  readonly services: number;
}

/** Counts kube-proxy's chains and rules in the output of iptables-save, a line at a time. */
export function iptablesCounter(): { take(line: string): void; total(): IptablesCount } {
  let chains = 0;
  let rules = 0;
  let services = 0;
  let shared = 0;
  return {
    take(line) {
      const chain = /^:(\S+)/.exec(line)?.[1];
      if (chain !== undefined && ownChain.test(chain)) {
        if (sharedChain.test(chain)) shared += 1;
        else chains += 1;
        if (chain.startsWith('KUBE-SVC-')) services += 1;
      }
      const inChain = /^-A (\S+)/.exec(line)?.[1];
      if (inChain !== undefined && ownChain.test(inChain) && !sharedChain.test(inChain)) rules += 1;
    },
    total: () => ({ chains: chains === 0 ? 0 : chains + shared, rules, services }),
  };
}

/**
 * Counts rules and map elements in the output of `nft list table`, a line at a time. A rule is a line of a chain that
 * neither declares the chain nor comments on it.
 */
export function nftCounter(): { take(line: string): void; total(): number } {
  let inside: 'chain' | 'elements' | null = null;
  let count = 0;
  return {
    take(line) {
      const text = line.trim();
      if (inside === 'elements') {
        count += elementsIn(text);
        if (text.endsWith('}')) inside = null;
        return;
      }
      if (text.startsWith('elements = {')) {
        count += elementsIn(text.slice('elements = {'.length));
        if (!text.endsWith('}')) inside = 'elements';
        return;
      }
      if (text.startsWith('chain ')) inside = 'chain';
      else if (text === '}') inside = null;
      else if (inside === 'chain' && !/^(type \S+ hook|policy |comment )/.test(text)) count += 1;
    },
    total: () => count,
  };
}

/** Elements that a line holds, separated by commas; quoted comments may hold commas of their own. */
function elementsIn(text: string): number {
  const bare = text.replaceAll(/"[^"]*"/g, '').replace(/}$/, '');
  return bare.split(',').filter((element) => element.trim() !== '').length;
}

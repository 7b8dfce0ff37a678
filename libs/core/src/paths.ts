import type { AgentAnswer, AgentOrder } from './agent-protocol.js';
import type { LinkReading, PathReading, PathTarget } from './path-protocol.js';
import type { ClusterReader, NodeReport } from './tuner.js';

/** Whose packets cross: those of the hosts, which carry a tunnel's, or those of pods. */
export type PathEnds = 'hosts' | 'pods';

/** The way from one node to an address of another. */
export interface NodePath extends PathReading {
  readonly node: string;
  readonly to: string;
}

export interface MeasuredPaths {
  /** By nodes and address. Both directions of a pair are two paths. */
  readonly paths: readonly NodePath[];
  /** Nodes of which nothing is known, and why. */
  readonly problems: readonly { readonly node: string; readonly problem: string }[];
  /** Nodes that others sent to; every node sends. */
  readonly targetNodes: number;
}

/** Every node sends to each of so many others at most: of 1000 nodes that is 64,000 paths. */
const targetNodesAtMost = 64;
const listenSeconds = 300;
const pace = { attempts: 3, timeoutMilliseconds: 300 } as const;

/**
 * Finds for any two nodes how large a packet may be that crosses between them uncut, in each direction, over
 * IPv4 and IPv6 where both ends have addresses.
 *
 * @param ceilingBytes  no larger packet is tried
 */
export async function measurePaths(
  reader: Pick<ClusterReader, 'nodes' | 'askHosts' | 'askPods'>,
  ends: PathEnds,
  ceilingBytes: number,
  signal: AbortSignal,
): Promise<MeasuredPaths> {
  const ask = <D extends AgentOrder['do']>(order: Extract<AgentOrder, { do: D }>) =>
    ends === 'hosts' ? reader.askHosts(order, signal) : reader.askPods(order, signal);
  const ownAddresses =
    ends === 'hosts'
      ? (await reader.nodes(signal)).map(({ name, addresses }) => ({ node: name, addresses }))
      : podAddresses(await ask({ do: 'read-links' }));
  const chosen = spread(ownAddresses.toSorted(byNode), targetNodesAtMost);
  const addresses = chosen.flatMap((end) => end.addresses.slice(0, 4));

  const listening = await ask({ do: 'path-listen', addresses, seconds: listenSeconds });
  const targets = new Map<string, { readonly node: string; readonly target: PathTarget }>();
  for (const report of listening.toSorted(byNode)) {
    if (!('answer' in report)) continue;
    for (const target of report.answer.targets) {
      targets.set(target.address, { node: report.node, target });
    }
  }
  const search = { targets: [...targets.values()].map(({ target }) => target), ceilingBytes };
  const found = await ask({ do: 'path-mtu', ...search, ...pace });
  const answered = found.flatMap((report) =>
    'answer' in report ? pathsOf(report.node, report.answer, targets) : [],
  );
  const targetNodes = new Set([...targets.values()].map(({ node }) => node));
  return {
    paths: answered.toSorted((a, b) => compare(pathKey(a), pathKey(b))),
    problems: problemsOf([...listening, ...found]),
    targetNodes: targetNodes.size,
  };
}

function pathsOf(
  node: string,
  { paths }: AgentAnswer<'path-mtu'>,
  targets: ReadonlyMap<string, { readonly node: string }>,
): NodePath[] {
  return paths.flatMap((path) => {
    const to = targets.get(path.address)?.node;
    return to === undefined || to === node ? [] : [{ ...path, node, to }];
  });
}

/** The link by which a pod talks: `eth0` by custom, or the first that has an address. */
export function podLink(links: readonly LinkReading[]): LinkReading | null {
  const named = links.find(({ name }) => name === 'eth0');
  return named ?? links.find(({ addresses }) => addresses.length > 0) ?? null;
}

function podAddresses(reports: readonly NodeReport<'read-links'>[]) {
  return reports.map((report) => {
    const link = 'answer' in report ? podLink(report.answer.links) : null;
    const addresses = (link?.addresses ?? []).filter((address) => !/^fe[89ab]/i.test(address));
    return { node: report.node, addresses };
  });
}

function problemsOf(
  reports: readonly { readonly node: string; readonly problem?: string }[],
): MeasuredPaths['problems'] {
  const first = new Map<string, string>();
  for (const { node, problem } of reports) {
    if (problem !== undefined && !first.has(node)) first.set(node, problem);
  }
  return [...first].map(([node, problem]) => ({ node, problem })).toSorted(byNode);
}

/** At most `count` items at even distances, the first among them. */
function spread<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items;
  return Array.from({ length: count }, (_, at) => at).flatMap((at) => {
    const item = items[Math.floor((at * items.length) / count)];
    return item === undefined ? [] : [item];
  });
}

function pathKey({ node, to, address }: NodePath): string {
  return `${node} ${to} ${address}`;
}

function byNode(a: { readonly node: string }, b: { readonly node: string }): number {
  return compare(a.node, b.node);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

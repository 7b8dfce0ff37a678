import { z } from 'zod';
import type { ClusterReader, NodeReport, ReadableKeyName } from '@fairlead/core';
import { byName, byText } from './by-text.js';

/** One node: what the API server says of it, and what the agent on it read. */
export const SeenNode = z.strictObject({
  name: z.string(),
  ready: z.boolean(),
  os: z.enum(['linux', 'windows']),
  kernel: z.string(),
  kubeletVersion: z.string(),
  osImage: z.string(),
  labels: z.record(z.string(), z.string()),
  memoryBytes: z.number().nonnegative(),
  cpus: z.number().nonnegative(),
  /** Why the agent gave no answer; null when it did. */
  problem: z.string().nullable(),
  /** Kernel text by key; null where the key does not exist. Empty without an answer. */
  values: z.record(z.string(), z.string().nullable()),
  /** Keys that exist and that the agent could not open for writing. */
  readOnly: z.array(z.string()),
});
export type SeenNode = z.infer<typeof SeenNode>;

/**
 * All nodes by name, with the keys read in the host's network namespace.
 * One list of nodes; the agents are asked over their sessions, which costs the API server no request.
 */
export async function observeNodes(
  reader: ClusterReader,
  keys: readonly ReadableKeyName[],
  signal: AbortSignal,
): Promise<SeenNode[]> {
  const [nodes, reports] = await Promise.all([
    reader.nodes(signal),
    reader.askHosts({ do: 'read-keys', keys: [...keys] }, signal),
  ]);
  const byNode = new Map(reports.map((report) => [report.node, report]));
  return nodes.toSorted(byName).map((node) => ({
    name: node.name,
    ready: node.ready,
    os: node.os,
    kernel: node.kernel,
    kubeletVersion: node.kubeletVersion,
    osImage: node.osImage,
    labels: { ...node.labels },
    memoryBytes: node.memoryBytes,
    cpus: node.cpus,
    ...readingsOf(byNode.get(node.name)),
  }));
}

function readingsOf(
  report: NodeReport<'read-keys'> | undefined,
): Pick<SeenNode, 'problem' | 'values' | 'readOnly'> {
  if (report === undefined) return { problem: 'no agent ran there', values: {}, readOnly: [] };
  if ('problem' in report) return { problem: report.problem, values: {}, readOnly: [] };
  const { readings } = report.answer;
  return {
    problem: null,
    values: Object.fromEntries(readings.map(({ key, value }) => [key, value])),
    readOnly: readings
      .filter(({ value, writable }) => value !== null && !writable)
      .map(({ key }) => key)
      .toSorted(byText),
  };
}

/** Why a node cannot be written to at all; null when it can. */
export function whyUnwritable(node: SeenNode): string | null {
  if (node.os === 'windows') return 'runs Windows';
  if (!node.ready) return 'is not Ready';
  if (node.problem !== null) return `did not answer (${node.problem})`;
  return null;
}

import type { AgentMode } from '@fairlead/core';
import { createHash } from 'node:crypto';

/**
 * `host` acts in the host's network namespace and `pod` is an ordinary pod. `pod-reader` is a host agent that may
 * also look into other pods' namespaces, `proxy-reader` one that may read the host's packet rules: each has rights
 * that the others do without.
 */
export const agentKinds = ['host', 'pod', 'pod-reader', 'proxy-reader'] as const;
export type AgentKind = (typeof agentKinds)[number];

/** One agent of one lease. `start` counts the agents of that kind on that node, from 0. */
export interface AgentSeat {
  readonly kind: AgentKind;
  readonly node: string;
  readonly jobId: string;
  readonly fence: number;
  readonly start: number;
}

export const labelNames = {
  job: 'fairlead.dev/job',
  fence: 'fairlead.dev/fence',
  node: 'fairlead.dev/node',
  agent: 'fairlead.dev/agent',
} as const;

export function modeOf(kind: AgentKind): AgentMode {
  return kind === 'pod' ? 'pod' : 'host';
}

/** At most 42 characters, so that the pod's name, made from it, is the same in full. */
export function agentJobName({ kind, node, jobId, fence, start }: AgentSeat): string {
  return `fairlead-agent-${kind}-${shortHash(node, jobId, String(fence), String(start))}`;
}

export function probeServiceName({ node, jobId, fence, start }: AgentSeat): string {
  return `fairlead-probe-${shortHash(node, jobId, String(fence), String(start))}`;
}

export function agentLabels({ kind, node, jobId, fence }: AgentSeat): Record<string, string> {
  return {
    [labelNames.job]: jobId,
    [labelNames.fence]: String(fence),
    [labelNames.node]: nodeLabel(node),
    [labelNames.agent]: kind,
    'app.kubernetes.io/managed-by': 'fairlead',
    'app.kubernetes.io/name': 'fairlead-agent',
  };
}

/** A node's name may have 253 characters, a label's value 63. */
function nodeLabel(node: string): string {
  return node.length <= 63 ? node : `node-${shortHash(node)}`;
}

function shortHash(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\u0000')).digest('hex').slice(0, 12);
}

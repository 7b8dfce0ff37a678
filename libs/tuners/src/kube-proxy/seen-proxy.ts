import type { z } from 'zod';
import {
  KubeProxyAnswer,
  ProxyRulesAnswer,
  ProxySupportAnswer,
  type AgentOrder,
  type NodeReport,
} from '@fairlead/core';
import { SeenNode } from '../seen-node.js';

/** A node with what its kube-proxy says of itself and what its kernel can do; null where nobody answered. */
export const ProxyNode = SeenNode.extend({
  proxy: KubeProxyAnswer.nullable(),
  rules: ProxyRulesAnswer.nullable(),
  support: ProxySupportAnswer.nullable(),
});
export type ProxyNode = z.infer<typeof ProxyNode>;

interface Reports {
  readonly proxies: readonly NodeReport<'read-kube-proxy'>[];
  readonly rules: readonly NodeReport<'read-proxy-rules'>[];
  readonly support: readonly NodeReport<'read-proxy-support'>[];
}

/** Puts the agents' answers beside the nodes that gave them. */
export function withReports(nodes: readonly SeenNode[], reports: Reports): ProxyNode[] {
  return nodes.map((node) => ({
    ...node,
    proxy: answerFor(node.name, reports.proxies),
    rules: answerFor(node.name, reports.rules),
    support: answerFor(node.name, reports.support),
  }));
}

function answerFor<D extends AgentOrder['do']>(node: string, reports: readonly NodeReport<D>[]) {
  const report = reports.find((candidate) => candidate.node === node);
  return report !== undefined && 'answer' in report ? report.answer : null;
}

import type { Operations, ResponseOf } from '@fairlead/contract';
import {
  BlastRadius,
  planCard,
  type AwaitCondition,
  type Change,
  type NodeValue,
  type Plan,
} from '@fairlead/core';

type PlanView = ResponseOf<Operations['previewPlan']>['plan'];
type ChangeView = PlanView['changes'][number];

export function toPlan(plan: Plan): PlanView {
  const { changes, warnings, refusals } = plan;
  // A plan that was stored by an earlier version lacks the newer figures.
  const blastRadius = BlastRadius.parse(plan.blastRadius);
  const { connectionsCut, ...radius } = blastRadius;
  return {
    changes: changes.map(toChange),
    warnings: warnings.map((warning) => ({ ...warning, nodes: warning.nodes ?? [] })),
    refusals: refusals.map((refusal) => ({ ...refusal, nodes: refusal.nodes ?? [] })),
    blastRadius: { ...radius, ...(connectionsCut !== null && { connectionsCut }) },
    card: planCard({ ...plan, blastRadius }),
  };
}

function toChange(change: Change): ChangeView {
  const { id, tuner, kind, summary } = change;
  const flat: ChangeView = { id, tuner, kind, summary, edits: [], activates: [], before: [] };
  switch (change.kind) {
    case 'edit':
      return { ...flat, object: change.object, edits: change.edits };
    case 'create':
      return { ...flat, object: change.object, manifest: change.manifest };
    case 'remove':
      return { ...flat, object: change.object };
    case 'restart': {
      const { object, activates, deadlineSeconds, nodeByNode } = change;
      const details = nodeByNode === undefined ? {} : { details: { nodeByNode } };
      return { ...flat, object, activates, deadlineSeconds, ...details };
    }
    case 'node': {
      const { key, after, decidedBy } = change;
      const before = change.before.map(toNodeValue);
      return { ...flat, key, before, after, ...(decidedBy !== undefined && { decidedBy }) };
    }
    case 'await': {
      const { condition, deadlineSeconds } = change;
      return { ...flat, condition: toCondition(condition), deadlineSeconds };
    }
  }
}

function toNodeValue({ node, value }: NodeValue): { node: string; value?: string } {
  return value === null ? { node } : { node, value };
}

const conditionMembers = new Set([
  'type',
  'key',
  'value',
  'nodes',
  'object',
  'namespace',
  'labelSelector',
]);

/** Conditions are many and grow; what only one type of them says goes into `details`. */
function toCondition(condition: AwaitCondition): NonNullable<ChangeView['condition']> {
  const members = Object.entries(condition);
  const known = members.filter(([name]) => conditionMembers.has(name));
  const others = members.filter(([name]) => !conditionMembers.has(name));
  return {
    type: condition.type,
    nodes: [],
    ...Object.fromEntries(known),
    ...(others.length > 0 && { details: Object.fromEntries(others) }),
  };
}

import type { Operations, ResponseOf } from '@fairlead/contract';
import type { JournalEntry, Plan } from '@fairlead/core';

type EntryView = ResponseOf<Operations['getJob']>['journal'][number];

/**
 * One change's progress. Whole objects and texts that were recorded to be put back stay inside: a
 * ConfigMap may hold what its readers here must not see.
 */
export function toJournalEntry(entry: JournalEntry, plan: Plan | null): EntryView {
  const { changeId, ordinal, state } = entry;
  return { changeId, ordinal, state, nodes: nodesOf(entry), places: placesOf(entry, plan) };
}

function nodesOf({ preImage, written }: JournalEntry): EntryView['nodes'] {
  if (preImage?.kind !== 'node') return [];
  const done = written?.kind === 'node' ? written.nodes : [];
  return preImage.nodes.map(({ node, value }) => {
    const now = done.find((each) => each.node === node);
    return {
      node,
      ...(value !== null && { before: value }),
      ...(now && { found: now.found }),
      ...(now && now.value !== null && { written: now.value }),
    };
  });
}

function placesOf(
  { changeId, preImage, written }: JournalEntry,
  plan: Plan | null,
): EntryView['places'] {
  const change = plan?.changes.find(({ id }) => id === changeId);
  if (preImage?.kind !== 'edit' || change?.kind !== 'edit') return [];
  return change.edits.map(({ document, path }, place) => {
    const before = preImage.values[place]?.value;
    const after = written?.kind === 'edit' ? written.values[place]?.value : undefined;
    return {
      path: [...(document?.path ?? []), ...path],
      ...(before !== undefined && { before }),
      ...(after !== undefined && { written: after }),
    };
  });
}

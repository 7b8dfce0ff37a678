import { changedTree, isLeaf, minus, removedTree, union } from './field-tree.js';
import { kubeTime, sameValue, type KubeObject, type ManagedFields } from './kube-object.js';

/** Who writes, and how: what an entry of managedFields is known by. */
export interface Writer {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource?: string;
}

export function isEntryOf(entry: ManagedFields, writer: Writer): boolean {
  return (
    entry.manager === writer.manager &&
    entry.operation === writer.operation &&
    entry.apiVersion === writer.apiVersion &&
    entry.subresource === writer.subresource
  );
}

export function entryOf(
  writer: Writer,
  fieldsV1: ManagedFields['fieldsV1'],
  now: Date,
): ManagedFields {
  const { manager, operation, apiVersion, subresource } = writer;
  return {
    manager,
    operation,
    apiVersion,
    time: kubeTime(now),
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...(subresource !== undefined && { subresource }),
  };
}

/** Who owns what after an update: the writer gets what it changed, everybody else loses that. */
export function afterUpdate(
  before: KubeObject | undefined,
  after: KubeObject,
  writer: Writer,
  now: Date,
): ManagedFields[] {
  const entries = before?.metadata.managedFields ?? [];
  const changed = changedTree(before ?? {}, after) ?? {};
  const removed = before === undefined ? {} : removedTree(before, after);
  const own = entries.find((entry) => isEntryOf(entry, writer));
  const kept = entries
    .filter((entry) => entry !== own)
    .map((entry) => ({ ...entry, fieldsV1: minus(minus(entry.fieldsV1, removed), changed) }))
    .filter((entry) => !isLeaf(entry.fieldsV1));

  const fields = union(minus(own?.fieldsV1 ?? {}, removed), changed);
  if (isLeaf(fields)) return kept;
  const isSame = own !== undefined && sameValue(own.fieldsV1, fields);
  return sorted([...kept, isSame ? own : entryOf(writer, fields, now)]);
}

/** Applies before updates, then by time and name: the order of the real server. */
export function sorted(entries: ManagedFields[]): ManagedFields[] {
  const rank = (entry: ManagedFields): string =>
    `${entry.operation}|${entry.time}|${entry.manager}|${entry.apiVersion}|${entry.subresource ?? ''}`;
  return entries.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

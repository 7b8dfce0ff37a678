import { z } from 'zod';
import { AnyJson, AnyJsonObject } from '../json.js';
import { NodeValue } from '../change.js';
import { type ChangeState } from '../job.js';

/** A value at a path, or that there was none. */
const Held = z.strictObject({ value: AnyJson.optional() });

/** Which pod of a DaemonSet a node has, and how often its containers started anew. */
const PodIdentity = z.strictObject({
  node: z.string(),
  uid: z.string(),
  restarts: z.int().nonnegative(),
});

/** What was there before the first write of a change: enough to put it back to the byte. */
export const PreImage = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('edit'),
    uid: z.string(),
    values: z.array(Held),
    /** The whole text of each edited document, by its path joined with `/`. */
    texts: z.record(z.string(), z.string()),
  }),
  /** `object` is an earlier object of our own under the same name. */
  z.strictObject({ kind: z.literal('create'), object: AnyJsonObject.nullable() }),
  z.strictObject({ kind: z.literal('remove'), object: AnyJsonObject.nullable() }),
  z.strictObject({
    kind: z.literal('restart'),
    token: z.string().nullable(),
    /** Of a restart node by node: the pods before the first was ended. */
    pods: z.array(PodIdentity).optional(),
  }),
  z.strictObject({
    kind: z.literal('node'),
    nodes: z.array(NodeValue.extend({ bootId: z.string() })),
  }),
  z.strictObject({ kind: z.literal('await') }),
]);
export type PreImage = z.infer<typeof PreImage>;
export type PreImageOf<K extends PreImage['kind']> = Extract<PreImage, { kind: K }>;

/** What we wrote, as it was read back from the answer to the write. */
export const Written = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('edit'),
    uid: z.string(),
    values: z.array(Held),
    texts: z.record(z.string(), z.string()),
  }),
  z.strictObject({ kind: z.literal('create'), uid: z.string() }),
  z.strictObject({ kind: z.literal('remove') }),
  z.strictObject({
    kind: z.literal('restart'),
    token: z.string(),
    /** The pods that an undo found when it began. */
    undoFrom: z.array(PodIdentity).optional(),
  }),
  /** `found` is what the agent saw in the instant before its write. */
  z.strictObject({
    kind: z.literal('node'),
    nodes: z.array(NodeValue.extend({ bootId: z.string(), found: z.string() })),
  }),
  z.strictObject({ kind: z.literal('await') }),
]);
export type Written = z.infer<typeof Written>;
export type WrittenOf<K extends Written['kind']> = Extract<Written, { kind: K }>;

/** How far one change of a job's plan has come. One row each; the row is the truth after a crash. */
export interface JournalEntry {
  readonly changeId: string;
  /** Place in the plan, from 0. */
  readonly ordinal: number;
  readonly state: ChangeState;
  readonly preImage: PreImage | null;
  readonly written: Written | null;
}

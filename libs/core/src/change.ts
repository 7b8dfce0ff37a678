import { z } from 'zod';
import { AwaitCondition } from './await-condition.js';
import { AnyJson, AnyJsonObject } from './json.js';
import { ObjectRef } from './objects.js';
import { KernelKeyName } from './kernel-keys.js';
import { NodeHealth } from './node-health.js';

/** What a node holds for a key, as kernel text with one space between fields; null when the key is absent. */
export const NodeValue = z
  .strictObject({ node: z.string(), value: z.string().nullable() })
  .meta({ id: 'NodeValue' });
export type NodeValue = z.infer<typeof NodeValue>;

const common = {
  /** Unique in its plan and stable: `sysctl/net.core.somaxconn`. */
  id: z.string(),
  tuner: z.string(),
  /** One sentence for a person: what this changes. */
  summary: z.string(),
};

/**
 * One place inside an object. `document` names the member that holds a text with a structure of its
 * own (a ConfigMap's `data["config.conf"]`), and `path` then leads inside that text.
 * `before` and `after` are JSON; absent means that there is nothing at the path. In a Corefile they are
 * the words of a line, and the path is that of corefile/corefile-places.ts.
 */
export const PathEdit = z
  .strictObject({
    document: z
      .strictObject({ path: z.array(z.string()), format: z.enum(['yaml', 'json', 'corefile']) })
      .optional(),
    path: z.array(z.string()).min(1),
    before: AnyJson.optional(),
    after: AnyJson.optional(),
  })
  .meta({ id: 'PathEdit' });
export type PathEdit = z.infer<typeof PathEdit>;

/**
 * Sets paths inside an object that somebody else owns and lets us change.
 * `decidedBy` names a `create` in the same plan whose object goes on to write these paths (an HPA the
 * number of replicas): what they hold later is no difference, and an undo puts the originals back.
 */
export const EditChange = z.strictObject({
  ...common,
  kind: z.literal('edit'),
  object: ObjectRef,
  edits: z.array(PathEdit).min(1),
  decidedBy: z.string().optional(),
});

/** Server-side apply of an object of our own. Refused by the engine when a stranger's object has the name. */
export const CreateChange = z.strictObject({
  ...common,
  kind: z.literal('create'),
  object: ObjectRef,
  manifest: AnyJsonObject,
});

/** Deletes an object; the engine keeps its whole pre-image. */
export const RemoveChange = z.strictObject({
  ...common,
  kind: z.literal('remove'),
  object: ObjectRef,
});

/** How a DaemonSet whose pods decide what a whole node can do is restarted: one node, then a look, then the next. */
export const NodeByNode = z.strictObject({
  /** In the order in which they are restarted: first the one that is risked first. */
  nodes: z.array(z.string()).min(1),
  /** From the end of a node's old pod until the node must be healthy. */
  secondsPerNode: z.int().positive(),
  /** What must be seen on a node before the next one is touched. */
  health: NodeHealth,
  /** The same for an undo, when the pods run with what was there before. */
  healthBefore: NodeHealth,
  /**
   * Whether kube-proxy's own `--cleanup` takes away what the other mode left, since no start does so between iptables
   * and IPVS (domain.md 1.3). It runs just before the old pod is ended, and takes away everything.
   */
  cleanUp: z.boolean().optional(),
});
export type NodeByNode = z.infer<typeof NodeByNode>;

/**
 * Rolls a DaemonSet or Deployment and waits until its pods are updated and available; with `nodeByNode` it ends the
 * DaemonSet's pods one at a time instead, each with a health condition.
 * `activates` lists the changes that take effect only through it: an undo of those rolls it again.
 */
export const RestartChange = z.strictObject({
  ...common,
  kind: z.literal('restart'),
  object: ObjectRef,
  activates: z.array(z.string()),
  deadlineSeconds: z.int().positive(),
  nodeByNode: NodeByNode.optional(),
});

/**
 * Sets one kernel key in the host's network namespace of each node listed in `before`.
 * `decidedBy` names a restart in the same plan whose owner also writes this key (kube-proxy at its start).
 */
export const NodeChange = z.strictObject({
  ...common,
  kind: z.literal('node'),
  key: KernelKeyName,
  before: z.array(NodeValue).min(1),
  after: z.string(),
  decidedBy: z.string().optional(),
});

export const AwaitChange = z.strictObject({
  ...common,
  kind: z.literal('await'),
  condition: AwaitCondition,
  deadlineSeconds: z.int().positive(),
});

/** One write, or one wait, as data. Only the engine executes it. */
export const Change = z
  .discriminatedUnion('kind', [
    EditChange,
    CreateChange,
    RemoveChange,
    RestartChange,
    NodeChange,
    AwaitChange,
  ])
  .meta({ id: 'Change' });
export type Change = z.infer<typeof Change>;
export type ChangeOf<K extends Change['kind']> = Extract<Change, { kind: K }>;

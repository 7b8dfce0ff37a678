import { z } from 'zod';
import { Json, JsonMembers } from '../fields.js';

const ObjectRef = z
  .object({
    apiVersion: z.string(),
    kind: z.string(),
    namespace: z.string().optional(),
    name: z.string(),
  })
  .meta({ id: 'ObjectRef', description: 'Names one Kubernetes object.' });

const NodeValue = z
  .object({
    node: z.string(),
    value: z.string().optional().meta({ description: 'Absent when the node has no such key.' }),
  })
  .meta({ id: 'NodeValue' });

const PathEdit = z
  .object({
    document: z
      .object({ path: z.array(z.string()), format: z.string() })
      .meta({
        id: 'EmbeddedDocument',
        description:
          'The member that holds a text with a structure of its own; the path then leads inside it.',
      })
      .optional(),
    path: z.array(z.string()),
    before: Json.optional(),
    after: Json.optional(),
  })
  .meta({
    id: 'PathEdit',
    description: 'One place inside an object; an absent value means nothing there.',
  });

const AwaitCondition = z
  .object({
    type: z.string().meta({ description: 'node-values, rolled-out, pod-values and others.' }),
    key: z.string().optional(),
    value: z.string().optional(),
    nodes: z.array(z.string()),
    object: ObjectRef.optional(),
    namespace: z.string().optional(),
    labelSelector: z.string().optional(),
    details: JsonMembers.optional().meta({
      description: 'What else a condition of its type says.',
    }),
  })
  .meta({ id: 'AwaitCondition' });

/** One change with the members of its kind: flat, so that protobuf needs no union that grows with kinds. */
export const Change = z
  .object({
    id: z.string(),
    tuner: z.string(),
    kind: z.enum(['edit', 'create', 'remove', 'restart', 'node', 'await']),
    summary: z.string(),
    object: ObjectRef.optional().meta({ description: 'Of edit, create, remove and restart.' }),
    edits: z.array(PathEdit).meta({ description: 'Of edit.' }),
    manifest: JsonMembers.optional().meta({ description: 'Of create.' }),
    activates: z
      .array(z.string())
      .meta({ description: 'Of restart: changes that take effect through it.' }),
    key: z.string().optional().meta({ description: 'Of node: the kernel key.' }),
    before: z.array(NodeValue).meta({ description: 'Of node: what each node holds now.' }),
    after: z.string().optional().meta({ description: 'Of node: what each of them will hold.' }),
    decidedBy: z.string().optional(),
    condition: AwaitCondition.optional().meta({ description: 'Of await.' }),
    deadlineSeconds: z.int().optional().meta({ description: 'Of restart and await.' }),
    details: JsonMembers.optional().meta({
      description: 'Of restart: how it goes node by node, and what each must show.',
    }),
  })
  .meta({
    id: 'Change',
    description: 'One write, or one wait, with what is there before and after.',
  });

const Warning = z
  .object({ tuner: z.string(), code: z.string(), message: z.string(), nodes: z.array(z.string()) })
  .meta({ id: 'Warning', description: 'Something to know before it runs; it stops nothing.' });

const Refusal = z
  .object({
    tuner: z.string(),
    code: z.string(),
    message: z.string(),
    nodes: z.array(z.string()),
    patch: z
      .string()
      .optional()
      .meta({ description: 'The same change for whoever owns the parameter.' }),
  })
  .meta({ id: 'Refusal', description: 'Why a tuner says no, and what to do about it.' });

const BlastRadius = z
  .object({
    nodesWritten: z.array(z.string()),
    objectsWritten: z.array(z.string()),
    workloadsRestarted: z.array(z.string()),
    podsRestarted: z.int(),
    connections: z.enum(['none-cut', 'new-delayed', 'some-cut']),
    survivesReboot: z.boolean(),
    notes: z.array(z.string()),
    nodesRolled: z.array(z.string()).meta({
      description: 'Nodes on which something that carries their traffic is restarted.',
    }),
    connectionsCut: z.int().optional().meta({
      description:
        'Connections that are cut, as counted when the cluster was observed; absent when nobody could count.',
    }),
    dns: z.enum(['none', 'blip-expected']).meta({
      description: 'Whether lookups may fail or wait for a moment.',
    }),
    evidence: z.array(z.string()).meta({
      description: 'What the figures rest on: readings with their place, addresses of documents.',
    }),
  })
  .meta({ id: 'BlastRadius', description: 'What the plan touches.' });

export const Plan = z
  .object({
    changes: z.array(Change),
    warnings: z.array(Warning),
    refusals: z.array(Refusal),
    blastRadius: BlastRadius,
    card: z.string().meta({
      description: 'The plan and what it touches as Markdown, to be read before an approval.',
    }),
  })
  .meta({ id: 'Plan', description: 'Ordered changes. One refusal leaves it without any.' });

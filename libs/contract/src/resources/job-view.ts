import { z } from 'zod';
import { Id, Json, JsonMembers, PlanHash, Settings, Timestamp } from '../fields.js';
import { Actor } from './actor-view.js';
import { ChangeState, JobState, Measuring } from './job-words.js';
import { Plan } from './plan-view.js';
import { Problem } from './problem-view.js';

const Reversal = z
  .object({ reason: z.string(), message: z.string(), onConflict: z.string() })
  .meta({ id: 'Reversal', description: 'Why the job goes back.' });

const JournalNode = z
  .object({
    node: z.string(),
    before: z
      .string()
      .optional()
      .meta({ description: 'Recorded before the first write; absent: no such key.' }),
    found: z
      .string()
      .optional()
      .meta({ description: 'What the node held in the instant before the write.' }),
    written: z.string().optional(),
  })
  .meta({ id: 'JournalNode' });

const JournalPlace = z
  .object({ path: z.array(z.string()), before: Json.optional(), written: Json.optional() })
  .meta({ id: 'JournalPlace', description: 'One edited place of an object.' });

const JournalEntry = z
  .object({
    changeId: z.string(),
    ordinal: z.int().meta({ description: 'Place in the plan, from 0.' }),
    state: ChangeState,
    nodes: z.array(JournalNode).meta({ description: 'Of a node change.' }),
    places: z.array(JournalPlace).meta({ description: 'Of an edit.' }),
  })
  .meta({
    id: 'JournalEntry',
    description: 'How far one change has come, and what it can put back.',
  });

const JobLinks = z
  .object({
    self: z.string(),
    cluster: z.string(),
    profile: z.string(),
    events: z.string(),
    measurements: z.string(),
    samples: z.string(),
    audit: z.string(),
  })
  .meta({ id: 'JobLinks' });

const summary = {
  id: Id,
  clusterId: Id,
  profileId: Id,
  profileRevision: z.int(),
  state: JobState,
  stateSince: Timestamp,
  approval: z.enum(['required', 'not-required']),
  planHash: PlanHash.optional(),
  approvedHash: z.string().optional().meta({ description: 'The plan hash that an approver saw.' }),
  cancelRequested: z.boolean(),
  problem: Problem.optional(),
  createdBy: Actor,
  createdAt: Timestamp,
  updatedAt: Timestamp,
  endedAt: Timestamp.optional(),
};

export const JobSummary = z
  .object(summary)
  .meta({ id: 'JobSummary', description: 'A job without its plan and journal.' });

export const Job = z
  .object({
    ...summary,
    settings: Settings,
    measuring: Measuring,
    plan: Plan.optional(),
    observedAt: Timestamp.optional(),
    reversal: Reversal.optional(),
    journal: z.array(JournalEntry),
    links: JobLinks,
  })
  .meta({ id: 'Job', description: 'A profile on one cluster.' });

export const JobEvent = z
  .object({
    cursor: z.string().meta({ description: 'Resume after this event with it.' }),
    type: z.string().meta({ examples: ['job.moved', 'watch.ended'] }),
    at: Timestamp,
    jobId: Id,
    state: JobState.meta({ description: 'State of the job when the event was sent.' }),
    actor: Actor,
    data: JsonMembers,
  })
  .meta({ id: 'JobEvent' });

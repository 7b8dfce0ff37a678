import { DomainError } from '../../errors.js';
import type { JsonObject } from '../../json.js';
import { hashPlan, type Plan } from '../../plan.js';
import { planProfile, type PlannedPart } from '../../plan-profile.js';
import type { Tuner } from '../../tuner.js';
import { jobEvent, type Drive } from '../engine.js';
import type { JournalEntry } from '../journal.js';
import type { EngineCluster, JobRecord } from '../ports.js';

/** `observing`: looks at the cluster through the profile's tuners, and plans. */
export async function observeAndPlan(job: JobRecord, drive: Drive): Promise<void> {
  const cluster = await drive.cluster();
  const tuners = tunersOf(job, drive.ports.tuners);
  const { plan, observations } = await planFor(job, tuners, cluster, drive);
  const hash = hashPlan(plan, drive.ports.sha256);
  const journal: JournalEntry[] = plan.changes.map(({ id: changeId }, ordinal) => ({
    changeId,
    ordinal,
    state: 'pending',
    preImage: null,
    written: null,
  }));
  const found = { planHash: hash, changes: plan.changes.length, refusals: plan.refusals.length };

  if (plan.refusals.length > 0) {
    const message = plan.refusals.map((refusal) => refusal.message).join(' ');
    await drive.commit({
      move: { from: job.state, to: 'refused' },
      plan: { plan, hash },
      journal,
      observations,
      problem: { code: plan.refusals[0]?.code ?? 'refused', message },
      events: [
        jobEvent(job, 'job.refused', { ...found, codes: plan.refusals.map(({ code }) => code) }),
      ],
    });
    return;
  }
  const to = plan.changes.length === 0 ? 'unchanged' : 'planned';
  await drive.commit({
    move: { from: job.state, to },
    plan: { plan, hash },
    journal,
    observations,
    events: [jobEvent(job, `job.${to}`, found)],
  });
}

/** `planned`: on to measuring when nobody needs to approve, or somebody approved exactly this plan. */
export async function askApproval(job: JobRecord, drive: Drive): Promise<void> {
  const isApproved = job.approval === 'not-required' || job.approvedHash === job.planHash;
  if (isApproved) {
    await drive.commit({
      move: { from: job.state, to: 'measuring-before' },
      events: [jobEvent(job, 'job.measuring-before', { planHash: job.planHash })],
    });
    return;
  }
  await drive.commit({
    move: { from: job.state, to: 'awaiting-approval' },
    events: [
      jobEvent(job, 'job.awaiting-approval', {
        planHash: job.planHash,
        ...(job.approvedHash !== null && { changedSince: job.approvedHash }),
      }),
    ],
    recheckAt: null,
  });
}

/** `awaiting-approval`, approved: the cluster may have moved on, so the plan is made anew and compared. */
export async function planAgain(job: JobRecord, drive: Drive): Promise<void> {
  await drive.commit({
    move: { from: job.state, to: 'observing' },
    events: [jobEvent(job, 'job.observing', { approvedHash: job.approvedHash })],
  });
}

async function planFor(
  job: JobRecord,
  tuners: readonly Tuner[],
  cluster: EngineCluster,
  { ports, signal }: Drive,
): Promise<{ plan: Plan; observations: Record<string, JsonObject> }> {
  const observations: Record<string, JsonObject> = {};
  const parts: PlannedPart[] = [];
  for (const tuner of tuners) {
    const settings = tuner.settings.parse(job.settings[tuner.name]);
    const observation = tuner.observation.parse(await tuner.observe(cluster, settings, signal));
    observations[tuner.name] = observation;
    const plan = tuner.plan(settings, observation);
    parts.push({ tuner: tuner.name, settings, observation, plan });
  }
  return { plan: planProfile(parts, ports.checkProfile), observations };
}

/** The tuners that a job's profile names, in the order in which they may change a cluster. */
export function tunersOf(job: JobRecord, tuners: readonly Tuner[]): readonly Tuner[] {
  const known = new Set(tuners.map(({ name }) => name));
  for (const name of Object.keys(job.settings)) {
    if (known.has(name)) continue;
    throw new DomainError('precondition', 'tuner-unknown', `This version has no tuner ${name}.`);
  }
  return tuners
    .filter(({ name }) => name in job.settings)
    .toSorted((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1));
}

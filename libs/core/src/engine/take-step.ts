import { hasNotWritten, mayHaveWritten } from '../job.js';
import { jobEvent, type Drive } from './engine.js';
import type { JobRecord } from './ports.js';
import { applyChanges, goBack, verifyChanges } from './steps/apply-step.js';
import { measure } from './steps/measure-step.js';
import { askApproval, observeAndPlan, planAgain } from './steps/plan-step.js';
import { revertChanges } from './steps/revert-step.js';

/** Does what a job's state asks for, up to and including the move to another state. */
export async function takeStep(job: JobRecord, drive: Drive): Promise<void> {
  if (job.cancelRequested && (await cancelBetweenSteps(job, drive))) return;
  switch (job.state) {
    case 'queued':
      await drive.commit({
        move: { from: 'queued', to: 'observing' },
        events: [jobEvent(job, 'job.observing')],
      });
      return;
    case 'observing':
      return await observeAndPlan(job, drive);
    case 'planned':
      return await askApproval(job, drive);
    case 'awaiting-approval':
      return await planAgain(job, drive);
    case 'measuring-before':
      return await measure(job, 'before', drive);
    case 'applying':
      return await applyChanges(job, drive);
    case 'verifying':
      return await verifyChanges(job, drive);
    case 'settling':
      return await settle(job, drive);
    case 'measuring-after':
      return await measure(job, 'after', drive);
    case 'judging':
      return await conclude(job, drive);
    case 'reverting':
      return await revertChanges(job, drive);
    default:
      return;
  }
}

/** Whether the wish to cancel was acted on here. `applying` and the measuring steps look by themselves. */
async function cancelBetweenSteps(job: JobRecord, drive: Drive): Promise<boolean> {
  if (hasNotWritten(job.state)) {
    await drive.commit({
      move: { from: job.state, to: 'cancelled' },
      events: [jobEvent(job, 'job.cancelled', { written: false })],
    });
    return true;
  }
  if (!mayHaveWritten(job.state)) return false;
  const message = 'The job was cancelled.';
  await goBack(job, drive, { reason: 'cancelled', message, onConflict: 'stop' });
  return true;
}

async function settle(job: JobRecord, drive: Drive): Promise<void> {
  const { clock } = drive.ports;
  const since = (job.settledFrom ?? clock.now()).getTime();
  const until = since + job.measuring.settleSeconds * 1000;
  for (let left = until - clock.now().getTime(); left > 0; left = until - clock.now().getTime()) {
    if ((await drive.reload()).cancelRequested) return;
    await clock.sleep(Math.min(left, 2000), drive.signal);
  }
  await drive.commit({
    move: { from: 'settling', to: 'measuring-after' },
    events: [jobEvent(job, 'job.measuring-after')],
  });
}

/** `judging`: no judge decides yet, so what verified is kept and the job says that nobody judged it. */
async function conclude(job: JobRecord, drive: Drive): Promise<void> {
  await drive.commit({
    move: { from: 'judging', to: 'succeeded' },
    events: [jobEvent(job, 'job.succeeded', { verdict: 'not-judged' })],
  });
}

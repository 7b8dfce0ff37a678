import { DomainError } from '../errors.js';
import {
  hasNotWritten,
  mayHaveWritten,
  type JobProblem,
  type Reversal,
  type WrittenState,
} from '../job.js';
import { jobEvent, type Drive } from './engine.js';
import type { JobRecord } from './ports.js';
import { goBack, mayPass } from './steps/apply-step.js';

/**
 * What becomes of a job whose step threw. What may pass is tried again until `giveUpSeconds` are over;
 * anything else ends the job: `failed` while nothing was written, back to the originals otherwise.
 * A revert that cannot reach the cluster never gives up: the cluster still holds something of ours.
 *
 * @throws the error again when the step is to be tried later
 */
export async function endWithError(job: JobRecord, error: unknown, drive: Drive): Promise<void> {
  const problem = problemOf(error);
  const stuckSeconds = (drive.ports.clock.now().getTime() - job.stateSince.getTime()) / 1000;
  const keepsTrying = mayPass(error) && job.state === 'reverting';

  if (keepsTrying || stuckSeconds < patienceSeconds(error, drive.ports.giveUpSeconds)) {
    if (job.problem?.code !== problem.code) await delay(job, problem, drive);
    throw error;
  }
  if (mayHaveWritten(job.state)) {
    const { message } = problem;
    await goBack(job, drive, { reason: reasons[job.state], message, onConflict: 'keep-theirs' });
    return;
  }
  if (!hasNotWritten(job.state) && job.state !== 'reverting') throw error;
  const to = job.state === 'reverting' ? 'revert-failed' : 'failed';
  await drive.commit({
    move: { from: job.state, to },
    problem,
    events: [jobEvent(job, `job.${to}`, { code: problem.code, message: problem.message })],
  });
}

/** How long the same state may be tried again after such an error. */
function patienceSeconds(error: unknown, giveUpSeconds: number): number {
  if (mayPass(error)) return giveUpSeconds;
  // What is not ours may be a fault of the moment, or one of ours that trying again will not mend.
  const isOurs = error instanceof DomainError && error.kind !== 'internal';
  return isOurs ? 0 : Math.min(giveUpSeconds, 60);
}

const reasons = {
  applying: 'apply-failed',
  verifying: 'verification-failed',
  settling: 'measuring-failed',
  'measuring-after': 'measuring-failed',
  judging: 'measuring-failed',
} as const satisfies Record<WrittenState, Reversal['reason']>;

/** Says on the row, once, what the job is waiting for. */
async function delay(job: JobRecord, problem: JobProblem, drive: Drive): Promise<void> {
  const recheckAt = new Date(drive.ports.clock.now().getTime() + 5000);
  await drive.commit({
    problem,
    events: [jobEvent(job, 'job.delayed', { code: problem.code, message: problem.message })],
    recheckAt,
  });
}

function problemOf(error: unknown): JobProblem {
  if (error instanceof DomainError) {
    return {
      code: error.code,
      message: error.message,
      ...(error.remedy !== undefined && { remedy: error.remedy }),
    };
  }
  // What is not ours may carry anything in its text, so none of it reaches a row or an event.
  return {
    code: 'internal',
    message: 'Something went wrong inside Fairlead.',
    remedy: "Look in the worker's log for this job and report it.",
  };
}

import { unmet } from '../conditions/unmet.js';
import { DeadlinePassed, type ChangeContext, type ChangeExecutor } from './executor.js';

const pollMilliseconds = 1000;

/** Rolling a workload through an annotation on its pod template; taking the annotation away rolls it back. */
export const restartExecutor: ChangeExecutor<'restart'> = {
  async capture(change, { cluster, signal }) {
    return { kind: 'restart', token: await cluster.restartToken(change.object, signal) };
  },

  async write(change, _before, context) {
    const token = context.jobId;
    const { cluster, signal } = context;
    if ((await cluster.restartToken(change.object, signal)) !== token) {
      await cluster.setRestartToken(change.object, token, signal);
    }
    await untilRolledOut(change.object, change.deadlineSeconds, context);
    return { kind: 'restart', token };
  },

  async verify(change, _written, { cluster, signal }) {
    const { done, message } = await cluster.rollout(change.object, signal);
    return done ? null : message;
  },

  conflicts: () => Promise.resolve([]),

  async undo(change, before, _written, _choice, context) {
    const { cluster, signal } = context;
    if ((await cluster.restartToken(change.object, signal)) !== before.token) {
      await cluster.setRestartToken(change.object, before.token, signal);
    }
    await untilRolledOut(change.object, change.deadlineSeconds, context);
  },
};

/** Waiting for something to be seen. */
export const awaitExecutor: ChangeExecutor<'await'> = {
  capture: () => Promise.resolve({ kind: 'await' }),

  async write(change, _before, context) {
    await until(change.deadlineSeconds, () => unmet(change.condition, context), context);
    return { kind: 'await' };
  },

  verify: (change, _written, context) => unmet(change.condition, context),
  conflicts: () => Promise.resolve([]),

  /** A workload whose template is back rolls once more: that is over only when its pods are. */
  async undo(change, _before, _written, _choice, context) {
    const { condition } = change;
    if (condition.type !== 'rolled-out') return;
    const isThere = (await context.cluster.read(condition.object, context.signal)) !== null;
    if (isThere) await untilRolledOut(condition.object, change.deadlineSeconds, context);
  },
};

type Workload = Parameters<ChangeContext['cluster']['rollout']>[0];

async function untilRolledOut(object: Workload, seconds: number, context: ChangeContext) {
  await until(
    seconds,
    async () => {
      const { done, message } = await context.cluster.rollout(object, context.signal);
      return done ? null : message;
    },
    context,
  );
}

/** Asks until the answer is null. Throws DeadlinePassed with the last answer. */
async function until(
  seconds: number,
  ask: () => Promise<string | null>,
  { clock, signal }: ChangeContext,
): Promise<void> {
  const deadline = clock.now().getTime() + seconds * 1000;
  for (;;) {
    const missing = await ask();
    if (missing === null) return;
    if (clock.now().getTime() >= deadline) {
      throw new DeadlinePassed(`Waited ${seconds} s in vain: ${missing}`);
    }
    await clock.sleep(pollMilliseconds, signal);
  }
}

import { podsWithoutCorefile } from '../conditions/corefile-loaded.js';
import { newPodsWithout } from '../conditions/new-pod-mtu.js';
import { unmet } from '../conditions/unmet.js';
import { capturePods, nodesProblem, podsToUndo, restartNodes, undoNodes } from './node-by-node.js';
import { DeadlinePassed, type ChangeContext, type ChangeExecutor } from './executor.js';

const pollMilliseconds = 1000;

/**
 * Rolling a workload through an annotation on its pod template; taking the annotation away rolls it back. Node by node
 * the template stays as it is, and pods are ended instead.
 */
export const restartExecutor: ChangeExecutor<'restart'> = {
  async capture(change, context) {
    const { cluster, signal } = context;
    const token = await cluster.restartToken(change.object, signal);
    const { nodeByNode } = change;
    if (nodeByNode === undefined) return { kind: 'restart', token };
    return { kind: 'restart', token, pods: await capturePods(change, nodeByNode, context) };
  },

  async write(change, before, context) {
    const token = context.jobId;
    const { cluster, signal } = context;
    if (change.nodeByNode !== undefined) {
      await restartNodes(change, change.nodeByNode, before.pods ?? [], context);
      return { kind: 'restart', token };
    }
    if ((await cluster.restartToken(change.object, signal)) !== token) {
      await cluster.setRestartToken(change.object, token, signal);
    }
    await untilRolledOut(change.object, change.deadlineSeconds, context);
    return { kind: 'restart', token };
  },

  async verify(change, _written, context) {
    const { cluster, signal } = context;
    if (change.nodeByNode !== undefined) return await nodesProblem(change.nodeByNode, context);
    const { done, message } = await cluster.rollout(change.object, signal);
    return done ? null : message;
  },

  conflicts: () => Promise.resolve([]),

  async prepareUndo(change, _before, written, context) {
    if (change.nodeByNode === undefined) return written;
    const token = written?.token ?? context.jobId;
    return { kind: 'restart', token, undoFrom: await podsToUndo(change, context) };
  },

  async undo(change, before, written, _choice, context) {
    const { cluster, signal } = context;
    if (change.nodeByNode !== undefined) {
      if ((await cluster.read(change.object, signal)) === null) return;
      const pods = { before: before.pods ?? [], found: written?.undoFrom ?? [] };
      await undoNodes(change, change.nodeByNode, pods, context);
      return;
    }
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

  /**
   * A workload whose template is back rolls once more, and CoreDNS reloads what is back: that is over only
   * when the pods are. New pods have their former MTU again only when what gives it to them has read its
   * former configuration.
   */
  async undo(change, _before, _written, _choice, context) {
    const { condition } = change;
    if (condition.type === 'corefile-loaded') {
      const ask = () => podsWithoutCorefile(condition, context, 'ignored');
      await until(change.deadlineSeconds, ask, context);
    }
    if (condition.type === 'new-pod-mtu') {
      const former = { mtuBytes: condition.undoneMtuBytes, nodes: condition.nodes };
      await until(change.deadlineSeconds, () => newPodsWithout(former, context), context);
    }
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

import type { AwaitCondition } from '../../change.js';
import { objectText, valueAt } from '../../objects.js';
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

/** What a condition still lacks, as a sentence; null when it is met. */
async function unmet(condition: AwaitCondition, context: ChangeContext): Promise<string | null> {
  const { cluster, signal } = context;
  switch (condition.type) {
    case 'rolled-out': {
      const { done, message } = await cluster.rollout(condition.object, signal);
      return done ? null : `${objectText(condition.object)}: ${message}`;
    }
    case 'node-values': {
      const order = { do: 'read-keys', keys: [condition.key] } as const;
      const wrong: string[] = [];
      for (const node of condition.nodes) {
        const { readings } = await cluster.askHost(
          node,
          { ...order, keys: [...order.keys] },
          signal,
        );
        const value = readings[0]?.value ?? null;
        if (value !== condition.value) wrong.push(`${node} has ${value ?? 'no such key'}`);
      }
      return wrong.length === 0
        ? null
        : `${condition.key} should be ${condition.value}, but ${wrong.join(', ')}.`;
    }
    case 'pod-values':
      return await podsWithout(condition, context);
  }
}

async function podsWithout(
  condition: Extract<AwaitCondition, { type: 'pod-values' }>,
  { cluster, signal }: ChangeContext,
): Promise<string | null> {
  const pods = await cluster.list(
    { apiVersion: 'v1', kind: 'Pod', namespace: condition.namespace },
    { labelSelector: condition.labelSelector },
    signal,
  );
  const byNode = new Map<string, { uid: string; name: string }[]>();
  for (const pod of pods) {
    const node = valueAt(pod, ['spec', 'nodeName']);
    const uid = pod.metadata['uid'];
    if (valueAt(pod, ['status', 'phase']) !== 'Running' || pod.metadata['deletionTimestamp'])
      continue;
    if (typeof node !== 'string' || typeof uid !== 'string') continue;
    byNode.set(node, [...(byNode.get(node) ?? []), { uid, name: pod.metadata.name }]);
  }
  if (byNode.size === 0)
    return `No pod of ${condition.labelSelector} runs in ${condition.namespace}.`;

  const wrong: string[] = [];
  for (const [node, onNode] of byNode) {
    const podUids = onNode.map(({ uid }) => uid);
    const answer = await cluster.askHost(
      node,
      { do: 'read-pod-keys', podUids, keys: [condition.key] },
      signal,
    );
    for (const { uid, name } of onNode) {
      const read = answer.pods.find(({ podUid }) => podUid === uid);
      const value = read?.readings[0]?.value ?? null;
      if (value !== condition.value) wrong.push(`${name} has ${value ?? 'none'}`);
    }
  }
  return wrong.length === 0
    ? null
    : `${condition.key} should be ${condition.value} inside the pods, but ${wrong.join(', ')}.`;
}

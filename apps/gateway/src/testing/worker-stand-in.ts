import { hashPlan, type JobState, type JournalEntry, type Sample } from '@fairlead/core';
import type { Store } from '@fairlead/store';
import { sha256 } from '../call/calls.js';
import { echoTuner } from './echo-tuner.js';
import { tester } from './test-gateway.js';

const signal = AbortSignal.timeout(600_000);

/** Does to rows what a worker does, with no cluster behind them. */
export async function moveJob(
  store: Store,
  jobId: string,
  ...path: readonly JobState[]
): Promise<void> {
  const { clusterId } = await store.ledger.load(jobId, signal);
  const lease = await store.ledger.acquireLease({ jobId, clusterId }, 'stand-in', 60);
  if (lease === null) throw new Error('The lease is held');
  for (const to of path) {
    const { state: from } = await store.ledger.load(jobId, signal);
    await store.ledger.commit(lease, {
      move: { from, to },
      ...(to === 'planned' && planning()),
      ...(to === 'verifying' && { journal: [applied] }),
      ...(to === 'judging' && { samples: samples() }),
      events: [
        {
          type: 'job.moved',
          actor: tester,
          subject: { kind: 'job', id: jobId },
          clusterId,
          jobId,
          data: { from, to },
        },
      ],
      recheckAt: null,
    });
  }
  await store.ledger.releaseLease(lease, 'nothing');
}

export const observed = { nodes: { 'n-1': '4', 'n-2': '5' } };

function planning() {
  const plan = echoTuner.plan({ value: 7 }, observed);
  return {
    plan: { plan, hash: hashPlan(plan, sha256) },
    observations: { echo: observed },
    journal: [{ ...applied, state: 'pending', preImage: null, written: null } as const],
  };
}

const applied: JournalEntry = {
  changeId: 'echo/net.core.somaxconn',
  ordinal: 0,
  state: 'verified',
  preImage: {
    kind: 'node',
    nodes: [
      { node: 'n-1', value: '4', bootId: 'b' },
      { node: 'n-2', value: '5', bootId: 'b' },
    ],
  },
  written: {
    kind: 'node',
    nodes: [
      { node: 'n-1', value: '7', bootId: 'b', found: '4' },
      { node: 'n-2', value: '7', bootId: 'b', found: '5' },
    ],
  },
};

function samples(): readonly Sample[] {
  const at = '2026-11-22T10:00:00.000Z';
  const one = {
    attempt: 0,
    round: 0,
    probe: 'tcp-rr',
    unit: 'milliseconds',
    node: 'n-1',
    peer: 'n-2',
    at,
  } as const;
  return [
    { ...one, phase: 'before', value: 2 },
    { ...one, phase: 'before', value: 4 },
    { ...one, phase: 'before', invalid: 'timeout' },
    { ...one, phase: 'after', value: 3 },
    { ...one, phase: 'after', value: 6 },
  ];
}

import { z } from 'zod';
import type { Actor } from '../../actor.js';
import type { Change } from '../../change.js';
import { AnyJsonObject } from '../../json.js';
import type { Plan } from '../../plan.js';
import { PlanDraft } from '../../plan-draft.js';
import { checkNothing } from '../../plan-profile.js';
import { Measuring } from '../../profile.js';
import type { Tuner } from '../../tuner.js';
import type { EnginePorts } from '../engine.js';
import type { Clock, JobRecord } from '../ports.js';
import { FakeCluster, FakeWorld } from './fake-cluster.js';
import { FakeLedger } from './fake-ledger.js';

const operator: Actor = { kind: 'api-key', id: 'k1', name: 'pat', role: 'operator' };

/** A clock that only sleep moves. */
export class FakeClock implements Clock {
  #now = Date.parse('2026-01-01T00:00:00Z');
  now(): Date {
    return new Date(this.#now);
  }
  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    // A lease keeper sleeps beside the work; only the work's own short sleeps move the time.
    if (milliseconds >= 60_000) {
      await new Promise<void>((resolve) =>
        signal.addEventListener('abort', () => resolve(), { once: true }),
      );
      return;
    }
    this.#now += milliseconds;
    await Promise.resolve();
  }
  pass(milliseconds: number): void {
    this.#now += milliseconds;
  }
}

type ChangeDraft = Change extends infer C ? (C extends Change ? Omit<C, 'tuner'> : never) : never;

/** A tuner whose plan a test writes down. `plan` may look at the world to say that all is done already. */
export function aTuner(name: string, plan: (draft: PlanDraft) => void): Tuner {
  return {
    name,
    title: name,
    order: 10,
    settings: z.unknown(),
    observation: AnyJsonObject,
    rbac: [],
    parameters: [],
    probes: [{ type: 'tcp-rr' }, { type: 'counter', counter: 'TcpExt.ListenDrops' }],
    observe: () => Promise.resolve({}),
    plan: (): Plan => {
      const draft = new PlanDraft(name);
      plan(draft);
      return draft.finish();
    },
  };
}

export function aNodeChange(
  key: string,
  before: Record<string, string>,
  after: string,
): ChangeDraft {
  return {
    kind: 'node',
    id: `t/${key}`,
    summary: `Set ${key}`,
    key: key as never,
    before: Object.entries(before).map(([node, value]) => ({ node, value })),
    after,
  };
}

export interface Scenario {
  readonly world: FakeWorld;
  readonly ledger: FakeLedger;
  readonly clock: FakeClock;
  readonly ports: EnginePorts;
}

/** A job `j1` on cluster `c1`, ready to be driven. */
export function aScenario(
  tuner: Tuner,
  overrides: { readonly job?: Partial<JobRecord>; readonly ports?: Partial<EnginePorts> } = {},
): Scenario {
  const clock = new FakeClock();
  const world = new FakeWorld();
  const ledger = new FakeLedger(clock);
  ledger.jobs.set('j1', {
    id: 'j1',
    clusterId: 'c1',
    settings: { [tuner.name]: {} },
    measuring: Measuring.parse({ rounds: 2, attemptsPerRound: 3, settleSeconds: 4 }),
    approval: 'not-required',
    state: 'queued',
    stateSince: clock.now(),
    createdBy: operator,
    plan: null,
    planHash: null,
    approvedHash: null,
    cancelRequested: false,
    reversal: null,
    problem: null,
    measureAttempt: 0,
    settledFrom: null,
    recheckAt: null,
    ...overrides.job,
  });
  const ports: EnginePorts = {
    ledger,
    connector: { connect: () => Promise.resolve(new FakeCluster(world)) },
    tuners: [tuner],
    checkProfile: checkNothing,
    clock,
    sha256: (text) => `hash-of-${text.length}-${text.slice(0, 40)}`,
    checkpoint: () => Promise.resolve(),
    holder: 'worker-1',
    leaseSeconds: 600,
    giveUpSeconds: 900,
    log: () => undefined,
    ...overrides.ports,
  };
  return { world, ledger, clock, ports };
}

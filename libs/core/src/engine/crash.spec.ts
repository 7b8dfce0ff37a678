import { describe, expect, it } from 'vitest';
import type { Change } from '../change.js';
import { driveJob } from './drive-job.js';
import { aNodeChange, aScenario, aTuner } from './testing/scenario.js';

const patience = AbortSignal.timeout(60_000);
const configMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: 'kube-system',
  name: 'kube-proxy',
};
const daemonSet = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  namespace: 'kube-system',
  name: 'kube-proxy',
};

/** A plan with a write of every kind that a tuner of this version makes. */
function aWorld() {
  const tuner = aTuner('t', (plan) => {
    plan.add(aNodeChange('net.core.somaxconn', { a: '4096', b: '5000' }, '8192'));
    const edit: Omit<Extract<Change, { kind: 'edit' }>, 'tuner'> = {
      kind: 'edit',
      id: 't/edit',
      summary: 'Edit',
      object: configMap,
      edits: [{ path: ['data', 'min'], before: '1', after: '2' }],
    };
    plan.add(edit);
    plan.add({
      kind: 'restart',
      id: 't/restart',
      summary: 'Roll',
      object: daemonSet,
      activates: ['t/edit'],
      deadlineSeconds: 60,
    });
    const own = {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      namespace: 'fairlead-system',
      name: 'fairlead-sysctl',
    };
    const { namespace, name } = own;
    const manifest = {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { namespace, name },
      spec: { x: 1 },
    };
    plan.add({ kind: 'create', id: 't/create', summary: 'Persist', object: own, manifest });
  });
  const scenario = aScenario(tuner);
  scenario.world.setKey('a', 'net.core.somaxconn', '4096');
  scenario.world.setKey('b', 'net.core.somaxconn', '5000');
  const { namespace, name } = configMap;
  scenario.world.put({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name },
    data: { min: '1' },
  });
  scenario.world.put({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { namespace, name } });
  return scenario;
}

function standing({ world }: ReturnType<typeof aWorld>) {
  const objects = [...world.objects.values()].map(({ metadata, ...object }) => ({
    ...object,
    name: metadata.name,
  }));
  return {
    kernels: [...world.kernels].map(([node, keys]) => [node, ...keys]),
    objects: objects.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  };
}

class Killed extends Error {}

/** Drives until the n-th checkpoint, where the worker dies, then lets a second worker go on. */
async function dieAt(
  n: number,
  scenario: ReturnType<typeof aWorld>,
  rounds = 3,
): Promise<string | null> {
  let seen = 0;
  let name: string | null = null;
  const checkpoint = (at: string) => {
    seen += 1;
    if (seen !== n) return Promise.resolve();
    name = at;
    return new Promise<void>(() => undefined);
  };
  const died = new Promise<void>((resolve) => {
    const poll = () => (name === null ? setImmediate(poll) : resolve());
    poll();
  });
  const first = driveJob('j1', { ...scenario.ports, checkpoint }, patience).catch(
    (error: unknown) => {
      if (!(error instanceof Killed)) throw error;
    },
  );
  await Promise.race([first, died]);
  if (name === null) return null;
  // A dead worker releases nothing: its lease runs out and another takes over.
  scenario.ledger.expireLease();
  for (let round = 0; round < rounds && !scenario.ledger.hasEnded('j1'); round += 1) {
    await driveJob('j1', { ...scenario.ports, holder: 'worker-2' }, patience);
  }
  return name;
}

async function everyCheckpoint(prepare: (scenario: ReturnType<typeof aWorld>) => Promise<void>) {
  const names: string[] = [];
  const ends: { name: string; state: string | undefined; standing: unknown }[] = [];
  for (let n = 1; ; n += 1) {
    const scenario = aWorld();
    await prepare(scenario);
    const name = await dieAt(n, scenario);
    if (name === null) return { names, ends };
    names.push(name);
    ends.push({ name, state: scenario.ledger.jobs.get('j1')?.state, standing: standing(scenario) });
    const writes = scenario.world.writes.map(({ node, key, value }) => `${node} ${key} ${value}`);
    expect(new Set(writes).size, `writes doubled after ${name}`).toBe(writes.length);
  }
}

describe('a worker that dies at any step', () => {
  it('is replaced by one that finishes the job, without a second write and without a gap', async () => {
    const whole = aWorld();
    await driveJob('j1', whole.ports, patience);

    const { names, ends } = await everyCheckpoint(() => Promise.resolve());

    expect(names).toContain('intended:node');
    expect(names).toContain('written:edit');
    expect(names).toContain('applied:create');
    for (const end of ends) {
      expect(end).toEqual({ name: end.name, state: 'succeeded', standing: standing(whole) });
    }
  });

  it('is replaced by one that finishes the undo, down to the last byte', async () => {
    const original = standing(aWorld());

    const { names, ends } = await everyCheckpoint(async ({ ports, ledger }) => {
      await driveJob('j1', ports, patience);
      ledger.patch('j1', {
        state: 'reverting',
        reversal: { reason: 'undo-requested', message: 'asked', onConflict: 'stop' },
      });
    });

    expect(names).toContain('undo-written:node');
    for (const end of ends) {
      expect(end).toEqual({ name: end.name, state: 'reverted', standing: original });
    }
  });
});

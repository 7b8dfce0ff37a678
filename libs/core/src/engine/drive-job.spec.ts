import { describe, expect, it } from 'vitest';
import { ClusterUnreachable } from '../errors.js';
import { driveJob } from './drive-job.js';
import { FakeCluster, FakeWorld } from './testing/fake-cluster.js';
import { aNodeChange, aScenario, aTuner } from './testing/scenario.js';

const key = 'net.core.somaxconn';
const patience = AbortSignal.timeout(60_000);

function twoNodes(overrides: Parameters<typeof aScenario>[1] = {}) {
  const tuner = aTuner('t', (plan) => plan.add(aNodeChange(key, { a: '4096', b: '4096' }, '8192')));
  const scenario = aScenario(tuner, overrides);
  scenario.world.setKey('a', key, '4096');
  scenario.world.setKey('b', key, '4096');
  const state = () => scenario.ledger.jobs.get('j1')?.state;
  const values = () => ['a', 'b'].map((node) => scenario.world.kernels.get(node)?.get(key));
  const drive = () => driveJob('j1', scenario.ports, patience);
  return { ...scenario, state, values, drive };
}

describe('driveJob', () => {
  it('takes a job from queued to succeeded, measured before and after', async () => {
    const { drive, state, values, ledger } = twoNodes();

    expect(await drive()).toBe('ended');

    expect(state()).toBe('succeeded');
    expect(values()).toEqual(['8192', '8192']);
    const counts = ['before', 'after'].map(
      (phase) => ledger.samples.filter((sample) => sample.phase === phase).length,
    );
    // 2 rounds × (2 pairs × 3 attempts of tcp-rr, and one counter on each of 2 nodes).
    expect(counts).toEqual([16, 16]);
  });

  it('chains an intent before every write and a result after it', async () => {
    const { drive, ledger } = twoNodes();

    await drive();

    const types = ledger.events.map(({ type }) => type);
    expect(types.indexOf('change.intended')).toBeLessThan(types.indexOf('change.applied'));
    expect(types.indexOf('change.applied')).toBeLessThan(types.indexOf('change.verified'));
    expect(ledger.events.find(({ type }) => type === 'job.succeeded')?.data).toEqual({
      verdict: 'not-judged',
    });
  });

  it('waits for an approval, and goes on only with the plan that was approved', async () => {
    const { drive, state, ledger, values } = twoNodes({ job: { approval: 'required' } });

    expect(await drive()).toBe('waiting');
    expect(values()).toEqual(['4096', '4096']);
    ledger.patch('j1', { approvedHash: 'another plan' });
    expect(await drive()).toBe('waiting');
    ledger.patch('j1', { approvedHash: ledger.jobs.get('j1')?.planHash ?? null });
    expect(await drive()).toBe('ended');

    expect(state()).toBe('succeeded');
  });

  it('asks again when the cluster moved on between the plan and its approval', async () => {
    let before = '4096';
    const tuner = aTuner('t', (plan) => plan.add(aNodeChange(key, { a: before }, '8192')));
    const { ports, ledger, world } = aScenario(tuner, { job: { approval: 'required' } });
    world.setKey('a', key, '4096');
    await driveJob('j1', ports, patience);
    ledger.patch('j1', { approvedHash: ledger.jobs.get('j1')?.planHash ?? null });

    before = '5000';
    world.setKey('a', key, '5000');
    const result = await driveJob('j1', { ...ports, sha256: (text) => text }, patience);

    expect(result).toBe('waiting');
    expect(world.writes).toEqual([]);
  });

  it('takes everything back when an undo is asked for', async () => {
    const { drive, state, values, ledger } = twoNodes();
    await drive();

    ledger.patch('j1', {
      state: 'reverting',
      reversal: { reason: 'undo-requested', message: 'asked', onConflict: 'stop' },
    });
    await drive();

    expect(state()).toBe('reverted');
    expect(values()).toEqual(['4096', '4096']);
  });

  it('undoes nothing at all when somebody else changed one of the keys, and shows the difference', async () => {
    const { drive, state, values, ledger, world } = twoNodes();
    await drive();
    world.setKey('b', key, '20000');

    ledger.patch('j1', {
      state: 'reverting',
      reversal: { reason: 'undo-requested', message: 'asked', onConflict: 'stop' },
    });
    await drive();

    expect(state()).toBe('revert-failed');
    expect(values()).toEqual(['8192', '20000']);
    expect(ledger.jobs.get('j1')?.problem?.differences).toEqual([
      {
        changeId: `t/${key}`,
        where: `node b ${key}`,
        before: '4096',
        written: '8192',
        now: '20000',
      },
    ]);
  });

  it.each([
    ['keep-theirs', ['4096', '20000']],
    ['overwrite', ['4096', '4096']],
  ] as const)('undoes the rest with the choice %s', async (onConflict, expected) => {
    const { drive, state, values, ledger, world } = twoNodes();
    await drive();
    world.setKey('b', key, '20000');

    ledger.patch('j1', {
      state: 'reverting',
      reversal: { reason: 'undo-requested', message: 'asked', onConflict },
    });
    await drive();

    expect(state()).toBe('reverted');
    expect(values()).toEqual(expected);
  });

  it('writes nothing when the cluster is no longer as the plan saw it', async () => {
    const { drive, state, world, ledger } = twoNodes();
    world.setKey('b', key, '6000');

    await drive();

    expect(state()).toBe('reverted');
    expect(world.writes).toEqual([]);
    expect(ledger.jobs.get('j1')?.problem?.code).toBe('apply-failed');
  });

  it('goes back when a value that was written does not hold', async () => {
    const scenario = twoNodes();
    const { ports, world } = scenario;
    const checkpoint = (name: string) => {
      if (name === 'applied:node') world.setKey('a', key, '4096');
      return Promise.resolve();
    };

    await driveJob('j1', { ...ports, checkpoint }, patience);

    expect(scenario.state()).toBe('reverted');
    expect(scenario.values()).toEqual(['4096', '4096']);
    expect(scenario.ledger.jobs.get('j1')?.reversal?.reason).toBe('verification-failed');
  });

  it('leaves the cluster to the one who holds it', async () => {
    const { drive, ledger, world } = twoNodes();
    await ledger.acquireLease({ jobId: 'j2', clusterId: 'c1' }, 'somebody', 60);

    expect(await drive()).toBe('busy');

    expect(world.writes).toEqual([]);
  });

  it('is tried again while the cluster does not answer, and fails once its patience is over', async () => {
    const unreachable = { connect: () => Promise.reject(new ClusterUnreachable('no route')) };
    const { drive, state, clock, ledger } = twoNodes({ ports: { connector: unreachable } });

    await expect(drive()).rejects.toThrow('no route');
    expect(state()).toBe('observing');
    expect(ledger.jobs.get('j1')?.problem?.code).toBe('cluster-unreachable');
    clock.pass(901_000);
    await drive();

    expect(state()).toBe('failed');
  });

  it('cancels before a write without touching the cluster', async () => {
    const { drive, state, world } = twoNodes({ job: { cancelRequested: true } });

    await drive();

    expect(state()).toBe('cancelled');
    expect(world.writes).toEqual([]);
  });

  it('takes back what it wrote when it is cancelled afterwards', async () => {
    const scenario = twoNodes();
    const checkpoint = (name: string) => {
      if (name === 'applied:node') scenario.ledger.patch('j1', { cancelRequested: true });
      return Promise.resolve();
    };

    await driveJob('j1', { ...scenario.ports, checkpoint }, patience);

    expect(scenario.state()).toBe('cancelled');
    expect(scenario.values()).toEqual(['4096', '4096']);
  });

  it('takes down what a worker left that died right after the end', async () => {
    const { ports, ledger, state, world } = twoNodes();
    let isDead = false;
    const checkpoint = (name: string) => {
      if (name === 'left:judging') isDead = true;
      return isDead ? new Promise<void>(() => undefined) : Promise.resolve();
    };
    void driveJob('j1', { ...ports, checkpoint }, patience);
    while (!isDead) await new Promise((resolve) => setImmediate(resolve));
    expect(state()).toBe('succeeded');
    ledger.expireLease();

    const torn: string[] = [];
    const connect = () =>
      Promise.resolve(
        Object.assign(new FakeCluster(world), {
          stopAgents: () => Promise.resolve(void torn.push('agents')),
          releaseClusterLease: () => Promise.resolve(void torn.push('lease')),
        }),
      );
    const next = { ...ports, holder: 'worker-2', connector: { connect } };
    expect(await driveJob('j1', next, patience)).toBe('ended');
    expect(await driveJob('j1', next, patience)).toBe('ended');

    expect(torn).toEqual(['agents', 'lease']);
    expect(state()).toBe('succeeded');
  });

  it('looks again at an ended job whose cluster is away, until its patience is over', async () => {
    const { ports, ledger, clock } = twoNodes();
    let isAway = false;
    const connect = () =>
      Promise.resolve(
        Object.assign(new FakeCluster(new FakeWorld()), {
          stopAgents: () =>
            isAway ? Promise.reject(new ClusterUnreachable('no route')) : Promise.resolve(),
        }),
      );
    ledger.patch('j1', { state: 'succeeded', recheckAt: clock.now() });
    isAway = true;
    const next = { ...ports, connector: { connect } };

    await driveJob('j1', next, patience);
    expect(ledger.jobs.get('j1')?.recheckAt).not.toBeNull();
    clock.pass(901_000);
    await driveJob('j1', next, patience);
    expect(ledger.jobs.get('j1')?.recheckAt).toBeNull();
  });

  it('closes its connection whatever happens', async () => {
    const clusters: FakeCluster[] = [];
    const scenario = twoNodes();
    const connector = {
      connect: () => {
        const cluster = new FakeCluster(scenario.world);
        clusters.push(cluster);
        return Promise.resolve(cluster);
      },
    };

    await driveJob('j1', { ...scenario.ports, connector }, patience);

    expect(clusters.map(({ isOpen }) => isOpen)).toEqual([false]);
  });
});

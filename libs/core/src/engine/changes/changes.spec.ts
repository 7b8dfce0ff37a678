import { describe, expect, it } from 'vitest';
import { FakeCluster, FakeWorld } from '../testing/fake-cluster.js';
import { FakeClock } from '../testing/scenario.js';
import { editExecutor } from './edit-change.js';
import type { ChangeContext } from './executor.js';
import { whoseValue } from './node-change.js';
import { createExecutor, holds, removeExecutor } from './object-changes.js';
import { awaitExecutor } from './wait-changes.js';

const object = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'n', name: 'c' };
const metadata = { namespace: 'n', name: 'c' };

function aContext() {
  const world = new FakeWorld();
  const context: ChangeContext = {
    cluster: new FakeCluster(world),
    clock: new FakeClock(),
    jobId: 'j1',
    signal: AbortSignal.timeout(10_000),
  };
  return { world, context, now: () => world.objects.get('ConfigMap n/c') };
}

const edit = {
  kind: 'edit' as const,
  id: 'e',
  tuner: 't',
  summary: 'Edit',
  object,
  edits: [
    { path: ['data', 'a'], before: '1', after: '2' },
    { path: ['data', 'b'], after: 'new' },
  ],
};

describe('an edit', () => {
  it('removes on undo what it added, and leaves what stood beside it', async () => {
    const { world, context, now } = aContext();
    world.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '1', other: 'x' } });

    const before = await editExecutor.capture(edit, context);
    const written = await editExecutor.write(edit, before, context);
    expect(now()?.['data']).toEqual({ a: '2', b: 'new', other: 'x' });
    await editExecutor.undo(edit, before, written, 'stop', context);

    expect(now()?.['data']).toEqual({ a: '1', other: 'x' });
  });

  it('puts back what the object that it belongs to went on to write', async () => {
    const { world, context, now } = aContext();
    const kept = {
      ...edit,
      edits: [{ path: ['spec', 'replicas'], before: 2, after: 2 }],
      decidedBy: 'scaler',
    };
    world.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata, spec: { replicas: 2 } });
    const before = await editExecutor.capture(kept, context);
    const written = await editExecutor.write(kept, before, context);
    world.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata, spec: { replicas: 7 } });

    expect(await editExecutor.verify(kept, written, context)).toBeNull();
    expect(await editExecutor.conflicts(kept, before, written, context)).toEqual([]);
    await editExecutor.undo(kept, before, written, 'stop', context);
    expect(now()?.['spec']).toEqual({ replicas: 2 });
  });

  it('is not begun when the object is not as the plan saw it', async () => {
    const { world, context } = aContext();
    world.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '9' } });

    await expect(editExecutor.capture(edit, context)).rejects.toMatchObject({ code: 'plan-stale' });
  });

  it('does not overwrite what somebody wrote between the look and the write', async () => {
    const { world, context, now } = aContext();
    world.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '1' } });
    const before = await editExecutor.capture(edit, context);
    world.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '7' } });

    await expect(editExecutor.write(edit, before, context)).rejects.toMatchObject({
      code: 'changed-meanwhile',
    });
    expect(now()?.['data']).toEqual({ a: '7' });
  });

  it('shows only the places that a stranger changed', async () => {
    const { world, context } = aContext();
    world.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '1' } });
    const before = await editExecutor.capture(edit, context);
    const written = await editExecutor.write(edit, before, context);
    world.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '5', b: 'new' } });

    const conflicts = await editExecutor.conflicts(edit, before, written, context);

    expect(conflicts).toEqual([
      { changeId: 'e', where: 'ConfigMap n/c data.a', before: '1', written: '2', now: '5' },
    ]);
  });
});

describe('an object of our own', () => {
  const create = {
    kind: 'create' as const,
    id: 'c',
    tuner: 't',
    summary: 'Create',
    object,
    manifest: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { x: '1' } },
  };

  it('is gone after an undo', async () => {
    const { context, now } = aContext();
    const before = await createExecutor.capture(create, context);
    const written = await createExecutor.write(create, before, context);

    await createExecutor.undo(create, before, written, 'stop', context);

    expect(now()).toBeUndefined();
  });

  it('gives way to the earlier one that stood there', async () => {
    const { world, context, now } = aContext();
    world.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { x: '0' } });
    const before = await createExecutor.capture(create, context);
    const written = await createExecutor.write(create, before, context);

    await createExecutor.undo(create, before, written, 'stop', context);

    expect(now()?.['data']).toEqual({ x: '0' });
  });

  it('is a conflict once somebody edited it', async () => {
    const { world, context } = aContext();
    const before = await createExecutor.capture(create, context);
    const written = await createExecutor.write(create, before, context);
    world.put({ ...create.manifest, data: { x: 'theirs' } });

    expect(await createExecutor.conflicts(create, before, written, context)).toHaveLength(1);
  });
});

describe('a removal', () => {
  it('brings the object back whole', async () => {
    const { world, context, now } = aContext();
    const remove = { kind: 'remove' as const, id: 'r', tuner: 't', summary: 'Remove', object };
    world.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { x: '1' } });
    const before = await removeExecutor.capture(remove, context);
    const written = await removeExecutor.write(remove, before, context);
    expect(now()).toBeUndefined();

    await removeExecutor.undo(remove, before, written, 'stop', context);

    expect(now()?.['data']).toEqual({ x: '1' });
  });
});

describe('a wait', () => {
  it('ends with what it last saw when its time is over', async () => {
    const { world, context } = aContext();
    world.setKey('a', 'net.core.somaxconn', '4096');
    const change = {
      kind: 'await' as const,
      id: 'w',
      tuner: 't',
      summary: 'Wait',
      deadlineSeconds: 5,
      condition: {
        type: 'node-values' as const,
        key: 'net.core.somaxconn' as const,
        value: '1',
        nodes: ['a'],
      },
    };

    await expect(awaitExecutor.write(change, { kind: 'await' }, context)).rejects.toThrow(
      'a has 4096',
    );
  });
});

describe('whoseValue', () => {
  const held = { node: 'a', value: '1', bootId: 'boot-1' };
  it.each([
    ['original', '1', 'boot-1'],
    ['original', '1', 'boot-2'],
    ['ours', '2', 'boot-1'],
    ['theirs', '3', 'boot-1'],
    ['gone', '3', 'boot-2'],
  ])('is %s for %s after %s', (whose, value, bootId) => {
    expect(whoseValue({ after: '2' }, held, null, { value, bootId })).toBe(whose);
  });
});

describe('holds', () => {
  it('asks for every leaf of the manifest, and for no more', () => {
    expect(holds({ a: { b: 1, more: 2 } }, { a: { b: 1 } })).toBe(true);
    expect(holds({ a: { b: 2 } }, { a: { b: 1 } })).toBe(false);
    expect(holds({ list: [1, 2] }, { list: [1] })).toBe(false);
    expect(holds(undefined, { a: 1 })).toBe(false);
  });
});

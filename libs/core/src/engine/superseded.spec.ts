import { describe, expect, it } from 'vitest';
import type { Change, ChangeOf } from '../change.js';
import type { PlanDraft } from '../plan-draft.js';
import { driveJob } from './drive-job.js';
import type { JournalEntry } from './journal.js';
import { standing } from './superseded.js';
import { aScenario, aTuner } from './testing/scenario.js';

const object = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: 'kube-system',
  name: 'kube-proxy',
};
const proxy = { apiVersion: 'apps/v1', kind: 'DaemonSet', namespace: 'kube-system', name: 'proxy' };
const patience = AbortSignal.timeout(30_000);

function anEdit(id: string, edits: Readonly<Record<string, readonly [string, string]>>) {
  return {
    kind: 'edit' as const,
    id,
    tuner: 't',
    summary: id,
    object,
    edits: Object.entries(edits).map(([name, [before, after]]) => ({
      path: ['data', name],
      before,
      after,
    })),
  } satisfies ChangeOf<'edit'>;
}

function aRestart(id: string, activates: string): ChangeOf<'restart'> {
  return {
    kind: 'restart',
    id,
    tuner: 't',
    summary: id,
    object: proxy,
    activates: [activates],
    deadlineSeconds: 60,
  };
}

function anEntry(change: ChangeOf<'edit'>): JournalEntry {
  const values = change.edits.map(({ before }) => ({ value: before }));
  return {
    changeId: change.id,
    ordinal: 0,
    state: 'applied',
    preImage: { kind: 'edit', uid: 'u', values, texts: {} },
    written: {
      kind: 'edit',
      uid: 'u',
      values: change.edits.map(({ after }) => ({ value: after })),
      texts: {},
    },
  };
}

describe('standing', () => {
  const first = anEdit('one', { mode: ['iptables', 'nftables'], period: ['30s', '60s'] });
  const kept = { change: first as Change, entry: anEntry(first) };

  it('leaves an edit as it is when nobody edits its places again', () => {
    expect(standing(kept, [anEdit('two', { other: ['a', 'b'] })])).toEqual(kept);
  });

  it('keeps the places that are still its own, with what the journal holds of them', () => {
    const left = standing(kept, [anEdit('two', { mode: ['nftables', 'ipvs'] })]);

    expect(left?.change).toMatchObject({ edits: [{ path: ['data', 'period'] }] });
    expect(left?.entry.preImage).toMatchObject({ values: [{ value: '30s' }] });
    expect(left?.entry.written).toMatchObject({ values: [{ value: '60s' }] });
  });

  it('leaves nothing of a restart that another one repeats', () => {
    const restart = aRestart('r', 'one');
    const entry = { ...anEntry(first), changeId: 'r' };

    expect(standing({ change: restart, entry }, [aRestart('r2', 'two')])).toBeNull();
    expect(standing({ change: restart, entry }, [first])).not.toBeNull();
  });
});

describe('a way that leads through a mode to another', () => {
  const through = (plan: PlanDraft) => {
    plan.add(anEdit('one', { mode: ['iptables', 'nftables'] }));
    plan.add(aRestart('restart-one', 'one'));
    plan.add(anEdit('two', { mode: ['nftables', 'ipvs'] }));
    plan.add(aRestart('restart-two', 'two'));
  };

  function aCluster() {
    const scenario = aScenario(aTuner('t', through));
    scenario.world.setKey('a', 'net.core.somaxconn', '4096');
    scenario.world.put({ ...object, metadata: object, data: { mode: 'iptables' } });
    scenario.world.put({ ...proxy, metadata: proxy });
    const mode = () =>
      (scenario.world.objects.get('ConfigMap kube-system/kube-proxy')?.['data'] as { mode: string })
        .mode;
    const drive = () => driveJob('j1', scenario.ports, patience);
    return { ...scenario, mode, drive };
  }

  it('is verified by its end, and undone step by step', async () => {
    const { ledger, drive, mode } = aCluster();

    await drive();
    expect([ledger.jobs.get('j1')?.state, mode()]).toEqual(['succeeded', 'ipvs']);

    ledger.patch('j1', {
      state: 'reverting',
      reversal: { reason: 'undo-requested', message: 'asked', onConflict: 'stop' },
    });
    await drive();

    expect([ledger.jobs.get('j1')?.state, mode()]).toEqual(['reverted', 'iptables']);
    const undone = ledger.events.filter(({ type }) => type === 'change.undone');
    expect(undone.map(({ data }) => data['changeId'])).toEqual([
      'two',
      'restart-two',
      'one',
      'restart-one',
    ]);
  });

  it('undoes nothing when somebody else changed its end', async () => {
    const { ledger, drive, world } = aCluster();
    await drive();
    const configMap = world.objects.get('ConfigMap kube-system/kube-proxy');
    world.objects.set('ConfigMap kube-system/kube-proxy', {
      ...configMap,
      data: { mode: 'kernelspace' },
    } as never);

    ledger.patch('j1', {
      state: 'reverting',
      reversal: { reason: 'undo-requested', message: 'asked', onConflict: 'stop' },
    });
    await drive();

    expect(ledger.jobs.get('j1')?.state).toBe('revert-failed');
    expect(ledger.jobs.get('j1')?.problem?.differences).toMatchObject([
      { changeId: 'two', before: 'nftables', written: 'ipvs', now: 'kernelspace' },
    ]);
  });
});

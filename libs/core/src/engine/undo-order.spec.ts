import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../change.js';
import { undoOrder } from './undo-order.js';

const object = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x' };
const edit = (id: string): Change => ({
  kind: 'edit',
  id,
  tuner: 't',
  summary: id,
  object,
  edits: [{ path: ['a'], after: 1 }],
});
const restart = (id: string, activates: string[]): Change => ({
  kind: 'restart',
  id,
  tuner: 't',
  summary: id,
  object,
  activates,
  deadlineSeconds: 1,
});
const ids = (changes: readonly Change[]) => undoOrder(changes).map(({ id }) => id);

describe('undoOrder', () => {
  it('takes changes back last first', () => {
    expect(ids([edit('1'), edit('2'), edit('3')])).toEqual(['3', '2', '1']);
  });

  it('restarts the owner only after its configuration is back', () => {
    expect(ids([edit('node'), edit('config'), restart('roll', ['config']), edit('other')])).toEqual(
      ['other', 'config', 'roll', 'node'],
    );
  });

  it('waits for CoreDNS to run the restored Corefile only after it is back', () => {
    const loaded: Change = {
      kind: 'await',
      id: 'loaded',
      tuner: 't',
      summary: 'loaded',
      condition: {
        type: 'corefile-loaded',
        configMap: object,
        dataKey: 'Corefile',
        namespace: 'n',
        labelSelector: 'a=b',
        metricsPort: 9153,
      },
      deadlineSeconds: 1,
    };
    expect(ids([edit('corefile'), loaded])).toEqual(['corefile', 'loaded']);
  });

  it('waits for the pods of a workload only after its template is back', () => {
    const rolledOut: Change = {
      kind: 'await',
      id: 'rolled-out',
      tuner: 't',
      summary: 'wait',
      condition: { type: 'rolled-out', object },
      deadlineSeconds: 1,
    };

    expect(ids([edit('template'), rolledOut, restart('other', [])])).toEqual([
      'other',
      'template',
      'rolled-out',
    ]);
  });

  it('names every change exactly once, whatever the restarts activate', () => {
    const plans = fc.array(fc.record({ isRestart: fc.boolean(), activates: fc.array(fc.nat(9)) }), {
      maxLength: 10,
    });
    fc.assert(
      fc.property(plans, (drafts) => {
        const changes = drafts.map(({ isRestart, activates }, at) =>
          isRestart ? restart(`${at}`, activates.map(String)) : edit(`${at}`),
        );

        expect(ids(changes).toSorted()).toEqual(changes.map(({ id }) => id).toSorted());
      }),
    );
  });
});

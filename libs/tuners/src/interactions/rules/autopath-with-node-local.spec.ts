import { describe, expect, it } from 'vitest';
import { aPart, aProfile, anEdit, nodeLocal, withNodeLocal } from '../testing/profiles.js';
import { autopathWithNodeLocal as rule } from './autopath-with-node-local.js';

const coredns = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'coredns' };
const autopath = (observation = {}) =>
  aPart(
    'dns',
    anEdit(coredns, ['data', 'Corefile'], {
      before: '.:53 {\n    cache 30\n}\n',
      after: '.:53 {\n    autopath @kubernetes\n    cache 30\n}\n',
    }),
    observation,
  );

describe('autopath beside a node-local cache', () => {
  it('is refused where the cache runs or comes', () => {
    expect(rule.check(aProfile(autopath({ seen: { ...nodeLocal } })))).toMatchObject([
      { tuner: 'dns', how: 'refuse' },
    ]);
    expect(rule.check(aProfile(autopath(), aPart('cache', withNodeLocal)))).toHaveLength(1);
  });

  it('is seen as one statement of a Corefile, and where a cache of ours stands', () => {
    const statement = aPart(
      'dns',
      (draft) =>
        draft.add({
          kind: 'edit',
          id: 'dns/coredns.corefile',
          summary: 'Sets autopath.',
          object: coredns,
          edits: [
            {
              document: { path: ['data', 'Corefile'], format: 'corefile' },
              path: ['.:53', 'autopath'],
              after: '@kubernetes',
            },
          ],
        }),
      { nodeLocal: { standing: { contentHash: 'a', takesOver: true } } },
    );

    expect(rule.check(aProfile(statement))).toMatchObject([{ how: 'refuse' }]);
  });

  it('is fine without one, and so is a Corefile that has it already', () => {
    const other = aPart(
      'dns',
      anEdit(coredns, ['data', 'Corefile'], { before: 'autopath @k', after: 'autopath @k\ncache' }),
      { seen: { ...nodeLocal } },
    );

    expect(rule.check(aProfile(autopath()))).toEqual([]);
    expect(rule.check(aProfile(other))).toEqual([]);
  });
});

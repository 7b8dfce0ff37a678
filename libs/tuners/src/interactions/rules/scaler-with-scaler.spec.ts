import { describe, expect, it } from 'vitest';
import { aPart, aProfile, anEdit } from '../testing/profiles.js';
import { scalerWithScaler as rule } from './scaler-with-scaler.js';

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace: 'kube-system',
  name: 'coredns',
};

const anHpa = (observation = {}) =>
  aPart(
    'dns',
    (draft) =>
      draft.add({
        kind: 'create',
        id: 'dns/hpa',
        summary: 'Create it.',
        object: {
          apiVersion: 'autoscaling/v2',
          kind: 'HorizontalPodAutoscaler',
          namespace: 'kube-system',
          name: 'fairlead-coredns',
        },
        manifest: { spec: { scaleTargetRef: { kind: 'Deployment', name: 'coredns' } } },
      }),
    observation,
  );

describe('an HPA beside another scaler', () => {
  it('is refused where a proportional autoscaler runs', () => {
    const observed = { scalers: [{ name: 'Deployment kube-system/coredns-autoscaler' }] };

    expect(rule.check(aProfile(anHpa(observed)))).toMatchObject([{ tuner: 'dns', how: 'refuse' }]);
  });

  it('is refused where another tuner sets the replicas', () => {
    const profile = aProfile(
      anHpa(),
      aPart('other', anEdit(deployment, ['spec', 'replicas'], { before: 2, after: 5 })),
    );

    expect(rule.check(profile)[0]?.message).toContain('the tuner other');
  });

  it('stands alone without a word', () => {
    expect(rule.check(aProfile(anHpa({ object: deployment })))).toEqual([]);
  });
});

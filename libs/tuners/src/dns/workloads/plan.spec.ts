import { PlanDraft, type Plan } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import type { DnsWorkload, NdotsObservation } from './observation.js';
import { planNdots } from './plan.js';
import { NdotsSettings } from './settings.js';
import { policyName, selectionOf } from './policy.js';

const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'api' };

function aWorkload(overrides: Partial<DnsWorkload> = {}): DnsWorkload {
  return {
    object,
    owner: null,
    hostNetwork: false,
    dnsPolicy: 'ClusterFirst',
    isWindows: false,
    dnsConfig: null,
    updateStrategy: 'RollingUpdate',
    paused: false,
    partition: 0,
    pods: 3,
    labelSelector: 'app=api',
    searchNames: [],
    unseen: [],
    searches: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
    isMusl: false,
    ...overrides,
  };
}

function planOf(workload: DnsWorkload, ndots = 2): Plan {
  const asked = { namespace: 'shop', kind: 'Deployment', name: 'api', ndots };
  return planWith({ workloads: [asked] }, { workloads: [workload] });
}

function planWith(settings: object, observed: Partial<NdotsObservation>): Plan {
  const plan = new PlanDraft('dns');
  planNdots(plan, NdotsSettings.parse(settings), {
    ownNamespace: 'fairlead-system',
    version: '1.36.3',
    workloads: [],
    policies: null,
    survey: null,
    ...observed,
  });
  return plan.finish();
}

const codes = ({ refusals, warnings }: Plan) => [...refusals, ...warnings].map(({ code }) => code);

describe('planNdots for workloads', () => {
  it('makes the whole dnsConfig where a template has none, and looks inside the pods after the roll', () => {
    const plan = planOf(aWorkload());

    expect(plan.changes.map(({ kind }) => kind)).toEqual(['edit', 'await', 'await']);
    expect(plan.changes[0]).toMatchObject({
      edits: [
        {
          path: ['spec', 'template', 'spec', 'dnsConfig'],
          after: { options: [{ name: 'ndots', value: '2' }] },
        },
      ],
    });
    expect(plan.changes[2]).toMatchObject({
      condition: { type: 'pod-resolvers', labelSelector: 'app=api', option: 'ndots:2' },
    });
    expect(plan.blastRadius.podsRestarted).toBe(3);
  });

  it('keeps other options, in their order', () => {
    const options = [{ name: 'ndots', value: '5' }, { name: 'edns0' }];

    const [change] = planOf(aWorkload({ dnsConfig: { options } })).changes;

    expect(change).toMatchObject({
      edits: [{ before: options, after: [{ name: 'ndots', value: '2' }, { name: 'edns0' }] }],
    });
  });

  it('plans nothing where the template says so already', () => {
    const dnsConfig = { options: [{ name: 'ndots', value: '2' }] };

    expect(planOf(aWorkload({ dnsConfig })).changes).toEqual([]);
  });

  it('tells what an outside name costs before and after', () => {
    expect(planOf(aWorkload()).blastRadius.notes.join()).toContain(
      'example.com 8 before and 8 after, api.example.com 8 before and 2 after',
    );
  });

  const searchNames = [{ name: 'db.shop.svc', where: 'DB of container api' }];

  it('warns of names that glibc would ask upstream first', () => {
    expect(codes(planOf(aWorkload({ searchNames })))).toEqual(['search-names-leak']);
    expect(codes(planOf(aWorkload({ searchNames }), 3))).toEqual([]);
  });

  it('refuses what musl would not find any more, and says which value is low enough', () => {
    const { refusals, changes } = planOf(aWorkload({ searchNames, isMusl: true }));

    expect(changes).toEqual([]);
    expect(refusals).toMatchObject([{ code: 'search-names-break' }]);
    expect(refusals[0]?.message).toContain('ndots 3');
  });

  it.each<[string, Partial<DnsWorkload>]>([
    ['windows-pods', { isWindows: true }],
    ['pod-host-network', { hostNetwork: true }],
    ['dns-policy', { dnsPolicy: 'Default' }],
    ['dns-policy', { dnsPolicy: 'None' }],
    ['workload-will-not-roll', { paused: true }],
    ['workload-will-not-roll', { updateStrategy: 'OnDelete' }],
    ['workload-will-not-roll', { partition: 2 }],
  ])('refuses with %s for %j', (code, overrides) => {
    const plan = planOf(aWorkload(overrides));

    expect(plan.refusals.map((refusal) => refusal.code)).toEqual([code]);
    expect(plan.changes).toEqual([]);
  });

  it('offers the change as a patch where somebody else keeps the workload', () => {
    const owner = { name: 'Helm release api', advice: 'Change it in the values of the release.' };

    const [refusal] = planOf(aWorkload({ owner })).refusals;

    expect(refusal).toMatchObject({ code: 'parameter-owned' });
    expect(refusal?.patch).toContain('value: "2"');
  });
});

describe('planNdots for new pods', () => {
  const asked = { namespaces: ['shop'], ndots: 2 };
  const policy = policyName(selectionOf(asked));
  const running = [{ policy, pods: 7, examples: ['shop/api-0', 'shop/api-1'] }];

  it('makes the policy and then its binding, so that an undo ends the effect first', () => {
    const plan = planWith(
      { newPods: [asked] },
      { policies: { api: 'v1', standing: [], running: [] } },
    );

    expect(plan.changes.map((change) => 'object' in change && change.object)).toEqual([
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingAdmissionPolicy',
        name: policy,
      },
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingAdmissionPolicyBinding',
        name: policy,
      },
    ]);
  });

  it('says which pods run without', () => {
    const plan = planWith({ newPods: [asked] }, { policies: { api: 'v1', standing: [], running } });

    expect(plan.warnings).toMatchObject([{ code: 'new-pods-only' }]);
    expect(plan.warnings[0]?.message).toContain('shop/api-0, shop/api-1 and 5 more');
  });

  it.each([
    ['1.33.2', 'they are on since 1.36'],
    ['1.35.0', '--feature-gates=MutatingAdmissionPolicy=true'],
    ['1.36.3', 'turned off'],
  ])('refuses on Kubernetes %s without the API, and says why', (version, words) => {
    const plan = planWith(
      { newPods: [asked] },
      { version, policies: { api: null, standing: [], running: [] } },
    );

    expect(plan.refusals).toMatchObject([{ code: 'no-admission-policies' }]);
    expect(plan.refusals[0]?.message).toContain(words);
    expect(plan.refusals[0]?.patch).toContain('value: "2"');
  });

  it.each([
    ['namespace-excluded', { namespaces: ['kube-system'] }, []],
    ['namespace-excluded', { namespaces: ['fairlead-system'] }, []],
    ['name-taken', {}, [{ name: policy, contentHash: null }]],
  ])('refuses with %s', (code, overrides, standing) => {
    const plan = planWith(
      { newPods: [{ ...asked, ...overrides }] },
      { policies: { api: 'v1', standing, running: [] } },
    );

    expect(plan.refusals).toMatchObject([{ code }]);
  });
});

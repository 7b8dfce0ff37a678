import type { JsonObject, MetricReading, Plan } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { aWorldNode } from '../../testing/nodes.js';
import { find, put, readerOf, type World } from '../../testing/world.js';
import { applyPlan } from '../../testing/engine-model.js';
import { dns } from '../index.js';
import { corefiles } from './testing/corefiles.js';
import {
  configMap,
  corednsPods,
  deployment,
  disruptionBudget,
  foreignScaler,
  metricsService,
  nodeCache,
} from './testing/objects.js';

const counters = (more: readonly (readonly [string, number])[] = []): readonly MetricReading[] =>
  [['coredns_reload_failed_total', 0] as const, ...more].map(([name, value]) => ({
    name,
    labels: {},
    value,
  }));

interface Draft {
  readonly text?: string;
  readonly deployment?: Parameters<typeof deployment>[0];
  readonly configMetadata?: JsonObject;
  readonly others?: readonly JsonObject[];
  readonly metrics?: readonly MetricReading[] | null;
  readonly labels?: Readonly<Record<string, string>>;
}

function aWorld(draft: Draft = {}): World {
  const { text = corefiles.kubeadm, metrics = counters() } = draft;
  const world: World = {
    version: '1.36.3',
    nodes: [aWorldNode({ labels: draft.labels ?? {} })],
    objects: new Map(),
    metrics: new Map(metrics === null ? [] : [0, 1].map((at) => [`10.1.0.${at}`, metrics])),
  };
  const objects = [
    deployment(draft.deployment),
    configMap(text, draft.configMetadata),
    ...corednsPods(2),
    ...(draft.others ?? [metricsService('True'), disruptionBudget]),
  ];
  for (const object of objects) put(world, object);
  return world;
}

async function planned(world: World, coredns: object): Promise<Plan> {
  const settings = dns.settings.parse({ coredns });
  const observed = await dns.observe(readerOf(world), settings, AbortSignal.timeout(10_000));
  return dns.plan(settings, observed);
}

const codes = (list: readonly { readonly code: string }[]) => list.map(({ code }) => code);

function corefileIn(world: World): unknown {
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'coredns' };
  return (find(world, ref)?.['data'] as JsonObject)['Corefile'];
}

describe('planning the Corefile', () => {
  it('edits words, waits for every pod to run them, and keeps the rest to the byte', async () => {
    const world = aWorld({ text: corefiles['with an unknown plugin'] });

    const plan = await planned(world, {
      cache: { ttlSeconds: 60, success: { capacity: 20_000 }, prefetch: { amount: 10 } },
      forward: { maxConcurrent: 2000, policy: 'random' },
      lameduckSeconds: 10,
    });
    applyPlan(world, plan);

    expect(plan.refusals).toEqual([]);
    expect(plan.changes.map(({ kind }) => kind)).toEqual(['edit', 'await']);
    expect(plan.changes[1]).toMatchObject({
      condition: { type: 'corefile-loaded', metricsPort: 9153, labelSelector: 'k8s-app=kube-dns' },
    });
    expect(corefileIn(world)).toBe(
      corefiles['with an unknown plugin']
        .replace('cache 30 {', 'cache 60 {')
        .replace(
          '       disable denial cluster.local\n',
          '       disable denial cluster.local\n       success 20000\n       prefetch 10 60s 10%\n',
        )
        .replace('max_concurrent 1000', 'max_concurrent 2000')
        .replace('lameduck 5s', 'lameduck 10s'),
    );
  });

  it('plans nothing for what the Corefile says already, in whatever unit', async () => {
    const text = corefiles.kubeadm.replace('lameduck 5s', 'lameduck 5000ms');
    const plan = await planned(aWorld({ text }), {
      cache: { ttlSeconds: 30 },
      forward: { policy: 'random', maxConcurrent: 1000 },
      lameduckSeconds: 5,
      ready: true,
      autopath: false,
    });
    expect(plan).toMatchObject({ changes: [], refusals: [] });
  });

  it('adds to a bare block what health and the cache need', async () => {
    const world = aWorld({ text: corefiles.bare });
    applyPlan(
      world,
      await planned(world, {
        cache: { denial: { minTtlSeconds: 0 } },
        lameduckSeconds: 5,
        ready: true,
        autopath: true,
      }),
    );
    expect(corefileIn(world)).toBe(
      '.:53 {\n  kubernetes cluster.local {\n    pods verified\n  }\n  forward . 10.0.0.1\n  cache {\n    denial 9984 1800 0\n  }\n  autopath @kubernetes\n  health {\n    lameduck 5s\n  }\n  ready\n}\n',
    );
  });

  it('looks for health and ready in other blocks, since they are the process’s own', async () => {
    const world = aWorld({ text: corefiles['with another zone'] });
    applyPlan(world, await planned(world, { lameduckSeconds: 5, ready: true }));
    expect(corefileIn(world)).toBe(
      corefiles['with another zone'].replace(
        '    health\n',
        '    health {\n        lameduck 5s\n    }\n',
      ),
    );
  });

  it.each<[string, Draft]>([
    ['reload is missing', { text: corefiles['without reload'] }],
    ['no metrics can be seen', { metrics: null }],
    ['CoreDNS is too old to tell', { deployment: { version: 'v1.8.0' } }],
  ])('rolls CoreDNS where %s', async (_why, draft) => {
    const plan = await planned(aWorld(draft), { cache: { ttlSeconds: 60 } });
    expect(plan.changes.map(({ kind }) => kind)).toEqual(['edit', 'restart']);
    expect(plan.blastRadius.podsRestarted).toBe(2);
  });

  it.each<[string, Draft, object]>([
    ['corefile-not-understood', { text: corefiles.unreadable }, { cache: { ttlSeconds: 60 } }],
    [
      'corefile-not-understood',
      { text: corefiles['without a cluster'] },
      { cache: { ttlSeconds: 60 } },
    ],
    ['corefile-imports', { text: corefiles['with an import'] }, { autopath: true }],
    [
      'forward-absent',
      { text: corefiles['without forward'] },
      { forward: { policy: 'sequential' } },
    ],
    ['decrease-not-allowed', {}, { forward: { maxConcurrent: 500 } }],
    ['decrease-not-allowed', {}, { cache: { success: { capacity: 2048 } } }],
    ['lameduck-beyond-grace', {}, { lameduckSeconds: 30 }],
    [
      'reload-failed-before',
      { metrics: counters([['coredns_reload_failed_total', 1]]) },
      { cache: { ttlSeconds: 60 } },
    ],
    [
      'autopath-behind-node-cache',
      { others: [metricsService('True'), nodeCache] },
      { autopath: true },
    ],
    [
      'coredns-too-old',
      { deployment: { version: 'v1.8.0' } },
      { cache: { serveStale: { mode: 'verify' } } },
    ],
  ])('refuses with %s', async (code, draft, asked) => {
    const plan = await planned(aWorld(draft), asked);
    expect(codes(plan.refusals)).toContain(code);
    expect(plan.changes).toEqual([]);
  });

  it('lets what stands in the block be edited beside an import', async () => {
    const plan = await planned(aWorld({ text: corefiles['with an import'] }), {
      cache: { ttlSeconds: 60 },
    });
    expect(plan.refusals).toEqual([]);
    // What the import brings is not in the text, so no hash tells that a pod has loaded it.
    expect(plan.changes.map(({ kind }) => kind)).toEqual(['edit', 'restart']);
  });

  it.each<[string, Draft]>([
    ['AKS', { labels: { 'kubernetes.azure.com/cluster': 'c' } }],
    [
      'the EKS add-on',
      { configMetadata: { managedFields: [{ manager: 'eks', operation: 'Apply' }] } },
    ],
    [
      'Helm release dns',
      { configMetadata: { annotations: { 'meta.helm.sh/release-name': 'dns' } } },
    ],
    [
      'Argo CD application dns',
      { configMetadata: { annotations: { 'argocd.argoproj.io/tracking-id': 'dns:v1/x' } } },
    ],
    [
      'the add-on controller (coredns)',
      { configMetadata: { annotations: { 'objectset.rio.cattle.io/owner-name': 'coredns' } } },
    ],
  ])('offers %s the Corefile as a patch instead of writing it', async (owner, draft) => {
    const plan = await planned(aWorld(draft), { cache: { ttlSeconds: 60 } });
    expect(plan.changes).toEqual([]);
    expect(plan.refusals[0]).toMatchObject({
      code: 'parameter-owned',
      message: expect.stringContaining(owner) as string,
      patch: expect.stringContaining('cache 60') as string,
    });
  });

  it('warns of what autopath and stale answers cost', async () => {
    const plan = await planned(aWorld(), {
      autopath: true,
      cache: { serveStale: { mode: 'immediate' } },
    });
    expect(codes(plan.warnings)).toEqual(['watches-every-pod', 'stale-answers']);
  });
});

describe('planning the autoscaler', () => {
  const autoscaler = { minReplicas: 2, maxReplicas: 4, cpuPercent: 70 };

  it('keeps the number of pods in mind before it makes an HPA', async () => {
    const plan = await planned(aWorld(), { autoscaler });
    expect(plan.refusals).toEqual([]);
    expect(plan.changes).toMatchObject([
      {
        kind: 'edit',
        edits: [{ path: ['spec', 'replicas'], before: 2, after: 2 }],
        decidedBy: 'dns/coredns.autoscaler',
      },
      { kind: 'create', object: { name: 'fairlead-coredns' } },
      { kind: 'await', condition: { conditionType: 'ScalingActive' } },
    ]);
  });

  it('changes an HPA of its own without looking at the pods that it set', async () => {
    const world = aWorld();
    applyPlan(world, await planned(world, { autoscaler }));
    const plan = await planned(world, { autoscaler: { ...autoscaler, maxReplicas: 8 } });
    expect(plan.changes.map(({ kind }) => kind)).toEqual(['create', 'await']);
  });

  const proportional = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'kube-system', name: 'dns-autoscaler' },
    spec: {
      template: {
        spec: {
          containers: [{ name: 'a', command: ['/x', '--target=Deployment/coredns'] }],
        },
      },
    },
  };
  const keda = {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { namespace: 'kube-system', name: 'dns' },
    spec: { scaleTargetRef: { name: 'coredns' } },
  };

  it.each<[string, string, Draft, object]>([
    [
      'HorizontalPodAutoscaler kube-system/mine',
      'scaler-present',
      { others: [metricsService('True'), foreignScaler('mine')] },
      {},
    ],
    [
      'Deployment kube-system/dns-autoscaler',
      'scaler-present',
      { others: [metricsService('True'), proportional] },
      {},
    ],
    [
      'ScaledObject kube-system/dns',
      'scaler-present',
      { others: [metricsService('True'), keda] },
      {},
    ],
    [
      'field manager eks-dns',
      'scaler-present',
      {
        deployment: {
          managedFields: [
            {
              manager: 'eks-dns',
              subresource: 'scale',
              fieldsV1: { 'f:spec': { 'f:replicas': {} } },
            },
          ],
        },
      },
      {},
    ],
    ['does not exist', 'metrics-unavailable', { others: [] }, {}],
    ['does not answer', 'metrics-unavailable', { others: [metricsService('False')] }, {}],
    ['coredns', 'cpu-request-absent', { deployment: { requests: {} } }, {}],
    ['Now 3 pods run', 'decrease-not-allowed', { deployment: { replicas: 3 } }, {}],
    [
      'Helm',
      'parameter-owned',
      { deployment: { labels: { 'app.kubernetes.io/managed-by': 'Helm' } } },
      {},
    ],
    ['zero', 'scaled-to-zero', { deployment: { replicas: 0 } }, {}],
  ])('refuses, naming %s, with %s', async (words, code, draft) => {
    const plan = await planned(aWorld(draft), { autoscaler });
    expect(plan.changes).toEqual([]);
    const refusal = plan.refusals.find((one) => one.code === code);
    expect(refusal?.message).toContain(words);
  });

  it('goes below the pods that run when it is allowed to', async () => {
    const plan = await planned(aWorld({ deployment: { replicas: 3 } }), {
      autoscaler,
      allowDecrease: true,
    });
    expect(plan.refusals).toEqual([]);
  });
});

describe('advice on CoreDNS', () => {
  const advised = async (draft: Draft) => {
    const observed = await dns.observe(readerOf(aWorld(draft)), null, AbortSignal.timeout(10_000));
    const findings = dns.advise?.(observed) ?? [];
    // The other parts of the tuner look at the same cluster.
    const own = findings.filter(({ code }) => code.startsWith('coredns-'));
    return own.map(({ code, verdict }) => `${code}: ${verdict}`);
  };
  const started = ['process_start_time_seconds', 1_799_990_000] as const;

  it.each<[Draft, string[]]>([
    [
      { metrics: counters([started, ['coredns_dns_requests_total', 1000]]) },
      ['coredns-few-queries: leave-alone'],
    ],
    [
      {
        metrics: counters([
          started,
          ['coredns_dns_requests_total', 1000],
          ['coredns_forward_max_concurrent_rejects_total', 4],
          ['coredns_cache_evictions_total', 500],
        ]),
      },
      ['coredns-forward-rejects: act', 'coredns-cache-evicts: consider'],
    ],
    [{ metrics: null }, ['coredns-load-unseen: unknown']],
    [
      { deployment: { replicas: 1 }, text: corefiles.bare },
      [
        'coredns-single-replica: act',
        'coredns-no-lameduck: consider',
        'coredns-load-unseen: unknown',
      ],
    ],
  ])('says what %j suggests', async (draft, findings) => {
    expect(await advised(draft)).toEqual(findings);
  });
});

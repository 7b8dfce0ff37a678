import { ClusterForbidden, type ClusterReader, type JsonObject } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { put, readerOf, type World } from '../../testing/world.js';
import { observeNdots } from './observe.js';
import { NdotsSettings } from './settings.js';

const patience = () => AbortSignal.timeout(5000);

function deployment(image: string): JsonObject {
  const matchLabels = { app: 'api' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'shop', name: 'api' },
    spec: {
      replicas: 2,
      selector: { matchLabels },
      template: {
        metadata: { labels: matchLabels },
        spec: {
          containers: [
            {
              name: 'api',
              image,
              args: ['--orders=orders.shop:80'],
              envFrom: [{ configMapRef: { name: 'settings' } }],
            },
          ],
          volumes: [{ name: 'v', configMap: { name: 'files' } }],
        },
      },
    },
  };
}

function named(kind: string, name: string, more: JsonObject = {}): JsonObject {
  return { apiVersion: 'v1', kind, metadata: { namespace: 'shop', name }, ...more };
}

function aWorld(image = 'example/api:1'): World {
  const world: World = { version: '1.36.3', nodes: [], objects: new Map() };
  for (const object of [
    deployment(image),
    named('Service', 'orders'),
    named('Service', 'db'),
    named('ConfigMap', 'settings', { data: { DB: 'db.shop.svc' } }),
    named('ConfigMap', 'files', { data: { 'app.yaml': 'url: http://api.example.com' } }),
  ]) {
    put(world, object);
  }
  return world;
}

const workloads = [{ namespace: 'shop', kind: 'Deployment', name: 'api', ndots: 2 }];
const asking = (settings: object) => NdotsSettings.parse(settings);

describe('observeNdots', () => {
  it('looks for names of Services in arguments and in the ConfigMaps that the pods get', async () => {
    const { workloads: seen } = await observeNdots(
      readerOf(aWorld()),
      asking({ workloads }),
      patience(),
    );

    expect(seen[0]?.searchNames).toEqual([
      { name: 'db.shop.svc', where: 'ConfigMap shop/settings' },
      { name: 'orders.shop', where: 'the command of container api' },
    ]);
    expect(seen[0]).toMatchObject({ pods: 2, labelSelector: 'app=api', isMusl: null, unseen: [] });
  });

  it('tells musl by an image’s name where no pod could be looked into', async () => {
    const reader = readerOf(aWorld('example/api:1-alpine'));

    expect(
      (await observeNdots(reader, asking({ workloads }), patience())).workloads[0]?.isMusl,
    ).toBe(true);
  });

  it('says what it may not read, and goes on', async () => {
    const reader = readerOf(aWorld());
    const read: ClusterReader['read'] = (ref, signal) =>
      ref.kind === 'ConfigMap'
        ? Promise.reject(new ClusterForbidden('get configmaps'))
        : reader.read(ref, signal);

    const { workloads: seen } = await observeNdots(
      { ...reader, read },
      asking({ workloads }),
      patience(),
    );

    expect(seen[0]?.unseen).toEqual(['ConfigMap shop/files', 'ConfigMap shop/settings']);
  });

  it.each([
    ['1.36.3', ['v1'], 'v1'],
    ['1.35.1', ['v1beta1'], 'v1beta1'],
    ['1.35.1', [], null],
    ['1.33.0', ['v1', 'v1beta1'], null],
  ])('finds in Kubernetes %s that serves %j the policies of %s', async (version, served, api) => {
    const reader = {
      ...readerOf({ ...aWorld(), version }),
      serves: ({ apiVersion }: { apiVersion: string }) =>
        Promise.resolve(served.includes(apiVersion.split('/')[1] ?? '')),
    };
    const newPods = [{ namespaces: ['shop'], ndots: 2 }];

    const { policies } = await observeNdots(reader, asking({ newPods }), patience());

    expect(policies?.api).toBe(api);
  });

  it('counts the pods of a selection that run without the value', async () => {
    const world = aWorld();
    const options = [{ name: 'ndots', value: '2' }];
    put(world, named('Pod', 'old', { spec: { dnsPolicy: 'ClusterFirst' } }));
    put(
      world,
      named('Pod', 'own', { spec: { dnsPolicy: 'ClusterFirst', dnsConfig: { options } } }),
    );
    put(world, named('Pod', 'host', { spec: { dnsPolicy: 'Default' } }));
    put(
      world,
      named('Pod', 'done', { spec: { dnsPolicy: 'ClusterFirst' }, status: { phase: 'Succeeded' } }),
    );

    const newPods = [{ namespaces: ['shop'], ndots: 2 }];
    const { policies } = await observeNdots(readerOf(world), asking({ newPods }), patience());

    expect(policies?.running).toMatchObject([{ pods: 1, examples: ['shop/old'] }]);
  });

  it('counts Deployments that say ndots when nobody named any', async () => {
    expect((await observeNdots(readerOf(aWorld()), null, patience())).survey).toEqual({
      withNdots: 0,
      without: 1,
    });
  });
});

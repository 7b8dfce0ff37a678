import { expect, it } from 'vitest';
import type { AgentAnswer, AgentOrder } from '../../agent-protocol.js';
import { corefileReloadText } from '../../corefile/reload-text.js';
import type { JsonObject } from '../../json.js';
import { FakeCluster, FakeWorld } from '../testing/fake-cluster.js';
import { FakeClock } from '../testing/scenario.js';
import { podsWithoutCorefile } from './corefile-loaded.js';

const text = '.:53 {\n  cache 30\n  reload\n}\n';
const configMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: 'kube-system',
  name: 'coredns',
};
const condition = {
  type: 'corefile-loaded' as const,
  configMap,
  dataKey: 'Corefile',
  namespace: 'kube-system',
  labelSelector: 'k8s-app=kube-dns',
  metricsPort: 9153,
};

interface Shown {
  readonly hash?: string | null;
  readonly failed?: number;
  readonly created?: string;
}

class DnsCluster extends FakeCluster {
  readonly shown: Shown;

  constructor(world: FakeWorld, shown: Shown) {
    super(world);
    this.shown = shown;
  }

  override sha512 = (parsed: string) => `sum of ${parsed.length}`;
  override list = () =>
    Promise.resolve([
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'p', creationTimestamp: this.shown.created ?? '2026-01-01T00:00:00Z' },
        spec: { nodeName: 'n1' },
        status: {
          phase: 'Running',
          podIP: '10.1.0.5',
          conditions: [{ type: 'Ready', status: 'True' }],
        },
      },
    ] as never);

  override askHost<D extends AgentOrder['do']>(): Promise<AgentAnswer<D>> {
    const { hash, failed = 0 } = this.shown;
    const readings =
      hash === null
        ? null
        : [
            { name: 'coredns_reload_failed_total', labels: {}, value: failed },
            ...(hash === undefined
              ? []
              : [
                  {
                    name: 'coredns_reload_version_info',
                    labels: { hash: 'sha512', value: hash },
                    value: 1,
                  },
                ]),
          ];
    return Promise.resolve({ nowSeconds: 0, readings } as never);
  }
}

const sum = `sum of ${corefileReloadText(text)?.length}`;

function ask(
  shown: Shown,
  data: JsonObject = { Corefile: text },
  failures: 'counted' | 'ignored' = 'counted',
) {
  const world = new FakeWorld();
  const { namespace, name } = configMap;
  const managedFields = [{ manager: 'fairlead', time: '2026-02-01T00:00:00Z' }];
  world.put({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name, managedFields },
    data,
  });
  return podsWithoutCorefile(
    condition,
    {
      cluster: new DnsCluster(world, shown),
      clock: new FakeClock(),
      jobId: 'j1',
      signal: AbortSignal.timeout(10_000),
    },
    failures,
  );
}

it('is met when every pod shows the hash of what the ConfigMap holds', async () => {
  expect(await ask({ hash: sum })).toBeNull();
});

it('is met by a pod that started after the ConfigMap was written', async () => {
  expect(await ask({ created: '2026-03-01T00:00:00Z' })).toBeNull();
});

it.each<[Shown, string]>([
  [{}, 'p has not loaded it yet'],
  [{ hash: 'another' }, 'p has not loaded it yet'],
  [{ hash: sum, failed: 1 }, 'p refused it'],
  [{ hash: null }, 'p shows no metrics on port 9153'],
])('names the pod that shows %j', async (shown, sentence) => {
  expect(await ask(shown)).toBe(`Not all pods run the new Corefile: ${sentence}.`);
});

it('holds no failure at what was taken back against a pod', async () => {
  expect(await ask({ hash: sum, failed: 1 }, { Corefile: text }, 'ignored')).toBeNull();
});

it('cannot be met by a Corefile that is not there, or says too little', async () => {
  expect(await ask({}, {})).toBe('ConfigMap kube-system/coredns has no Corefile.');
  expect(await ask({}, { Corefile: '. {\n  import x\n}\n' })).toMatch(/cannot be told/);
});

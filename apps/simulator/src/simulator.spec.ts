import { PassThrough, Writable } from 'node:stream';
import {
  AppsV1Api,
  Attach,
  BatchV1Api,
  CoordinationV1Api,
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  setHeaderOptions,
  VersionApi,
  Watch,
  type V1DaemonSet,
  type V1Job,
  type V1Pod,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { AgentAnswers, type AgentOrder } from '@fairlead/core';
import { startSimulator, type Simulator } from './simulator.js';

// The official client is the judge here: what it cannot work with is not the Kubernetes API.

const fast = { podStartMilliseconds: 10, podStopMilliseconds: 5, probeSpeed: 100, keptEvents: 300 };
let simulator: Simulator;
let config: KubeConfig;
let core: CoreV1Api;
let apps: AppsV1Api;
let batch: BatchV1Api;

beforeAll(async () => {
  simulator = await startSimulator({
    port: 0,
    clusters: [
      {
        ...fast,
        name: 'one',
        nodes: [
          { name: 'n1', cpus: 4 },
          {
            name: 'n2',
            cpus: 64,
            readOnly: ['net.core.rmem_max'],
            absent: ['net.core.netdev_max_backlog'],
          },
        ],
      },
      { ...fast, name: 'faulty', nodes: [{ name: 'f1' }], faults: { serverErrorRate: 1 } },
      {
        ...fast,
        name: 'mortal',
        nodes: [{ name: 'm1' }, { name: 'm2', ready: false }],
        faults: { agentOrders: 1 },
      },
    ],
  });
  config = configOf('one');
  core = config.makeApiClient(CoreV1Api);
  apps = config.makeApiClient(AppsV1Api);
  batch = config.makeApiClient(BatchV1Api);
});

afterAll(async () => {
  await simulator.close();
});

function configOf(name: string): KubeConfig {
  const made = new KubeConfig();
  made.loadFromString(simulator.clusters.find((one) => one.name === name)?.kubeconfig ?? '');
  return made;
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('It did not come to pass within 20 seconds');
}

async function refusal(call: Promise<unknown>): Promise<{
  code: number;
  message: string;
  reason: string;
  details: { causes?: { field: string }[] };
}> {
  const error: unknown = await call.then(
    () => new Error('It was not refused'),
    (cause: unknown) => cause,
  );
  const body = (error as { body?: unknown }).body;
  if (body === undefined) throw error;
  return (typeof body === 'string' ? JSON.parse(body) : body) as never;
}

async function aNamespace(): Promise<string> {
  const name = `t${Math.random().toString(36).slice(2, 10)}`;
  await core.createNamespace({ body: { metadata: { name } } });
  return name;
}

function apply(object: object, manager: string, force?: boolean): Promise<unknown> {
  const api = KubernetesObjectApi.makeApiClient(config);
  return api.patch(
    object as never,
    undefined,
    undefined,
    manager,
    force,
    PatchStrategy.ServerSideApply,
  );
}

const configMap = (namespace: string, data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'cm', namespace },
  data,
});

const agentJob = (
  mode: 'host' | 'pod',
  nodeName: string,
  env: { name: string; value: string }[] = [],
): V1Job => ({
  metadata: { name: `agent-${mode}-${nodeName}`, labels: { app: 'agent' } },
  spec: {
    backoffLimit: 0,
    ttlSecondsAfterFinished: 0,
    template: {
      metadata: { labels: { app: 'agent' } },
      spec: {
        nodeName,
        hostNetwork: mode === 'host',
        restartPolicy: 'Never',
        containers: [
          {
            name: 'agent',
            image: 'fairlead-agent:0.1.0',
            args: ['session', '--mode', mode],
            env,
            stdin: true,
            stdinOnce: true,
          },
        ],
      },
    },
  },
});

const persistSet = (pairs: string[]): V1DaemonSet => ({
  metadata: { name: 'keep' },
  spec: {
    selector: { matchLabels: { app: 'keep' } },
    template: {
      metadata: { labels: { app: 'keep' } },
      spec: {
        hostNetwork: true,
        nodeSelector: { 'kubernetes.io/hostname': 'n1' },
        initContainers: [
          { name: 'write', image: 'fairlead-agent:0.1.0', args: ['persist', ...pairs] },
        ],
        containers: [{ name: 'pause', image: 'fairlead-agent:0.1.0', args: ['pause'] }],
      },
    },
  },
});

interface Session {
  ask(order: AgentOrder): Promise<{ answer?: unknown; error?: { code: string } }>;
  close(): void;
  drop(): void;
  readonly ended: Promise<{ status: string }>;
}

/** Attaches as the worker does, one order at a time. */
async function attachTo(kubeconfig: KubeConfig, namespace: string, pod: string): Promise<Session> {
  const input = new PassThrough();
  let text = '';
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const { promise: ended, resolve } = Promise.withResolvers<{ status: string }>();
  const socket = await new Attach(kubeconfig).attach(
    namespace,
    pod,
    'agent',
    output,
    null,
    input,
    false,
  );
  socket.addEventListener('message', (event) => {
    const frame = Buffer.from(event.data as Buffer);
    if (frame[0] === 3) resolve(JSON.parse(frame.subarray(1).toString()) as { status: string });
  });
  let id = 0;
  return {
    async ask(order) {
      id += 1;
      input.write(`${JSON.stringify({ id, order })}\n`);
      const asked = id;
      const line = await until(() =>
        Promise.resolve(text.split('\n').find((one) => one.startsWith(`{"id":${asked},`))),
      );
      return JSON.parse(line) as { answer?: unknown; error?: { code: string } };
    },
    close: () => input.end(),
    drop: () => socket.close(),
    ended,
  };
}

async function anAgent(
  mode: 'host' | 'pod',
  node: string,
  env?: { name: string; value: string }[],
) {
  const namespace = await aNamespace();
  await batch.createNamespacedJob({ namespace, body: agentJob(mode, node, env) });
  const pod = await runningPod(core, namespace);
  return { namespace, pod, session: await attachTo(config, namespace, pod.metadata?.name ?? '') };
}

function runningPod(api: CoreV1Api, namespace: string): Promise<V1Pod> {
  return until(async () => {
    const { items } = await api.listNamespacedPod({ namespace });
    return items.find((pod) => pod.status?.phase === 'Running');
  });
}

describe('the simulated API server', () => {
  it('says in its version that it is the simulator', async () => {
    const version = await config.makeApiClient(VersionApi).getCode();

    expect(version.gitVersion).toBe('v1.36.3+fairlead-simulator');
  });

  it('answers 401 without the token of this very cluster', async () => {
    const other = configOf('one');
    other.users = configOf('mortal').users;

    await expect(other.makeApiClient(CoreV1Api).listNode()).rejects.toMatchObject({ code: 401 });
  });

  it('refuses an update of what somebody changed meanwhile', async () => {
    const namespace = await aNamespace();
    const first = await core.createNamespacedConfigMap({
      namespace,
      body: configMap(namespace, { a: '1' }),
    });
    await core.replaceNamespacedConfigMap({
      namespace,
      name: 'cm',
      body: { ...first, data: { a: '2' } },
    });

    const told = await refusal(
      core.replaceNamespacedConfigMap({
        namespace,
        name: 'cm',
        body: { ...first, data: { a: '3' } },
      }),
    );

    expect(told.message).toBe(
      'Operation cannot be fulfilled on configmaps "cm": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  it('rejects a JSON Patch whose test does not hold, and writes nothing', async () => {
    const namespace = await aNamespace();
    await core.createNamespacedConfigMap({ namespace, body: configMap(namespace, { a: '1' }) });
    const patch = (seen: string) =>
      core.patchNamespacedConfigMap(
        {
          namespace,
          name: 'cm',
          body: [
            { op: 'test', path: '/data/a', value: seen },
            { op: 'replace', path: '/data/a', value: '9' },
          ],
        },
        setHeaderOptions('Content-Type', PatchStrategy.JsonPatch),
      );

    expect(await refusal(patch('other'))).toMatchObject({ code: 422, reason: 'Invalid' });
    expect((await core.readNamespacedConfigMap({ namespace, name: 'cm' })).data).toEqual({
      a: '1',
    });
    await patch('1');
    expect((await core.readNamespacedConfigMap({ namespace, name: 'cm' })).data).toEqual({
      a: '9',
    });
  });

  it('deletes only the object whose uid and resourceVersion are named', async () => {
    const namespace = await aNamespace();
    const made = await core.createNamespacedConfigMap({
      namespace,
      body: configMap(namespace, {}),
    });
    const remove = (preconditions: object) =>
      core.deleteNamespacedConfigMap({ namespace, name: 'cm', body: { preconditions } });

    expect((await refusal(remove({ uid: 'other' }))).message).toContain(
      'the UID in the precondition (other) does not match',
    );
    expect((await refusal(remove({ resourceVersion: '1' }))).message).toContain(
      'the ResourceVersion in the precondition (1)',
    );
    await remove({ uid: made.metadata?.uid, resourceVersion: made.metadata?.resourceVersion });
    expect(await refusal(core.readNamespacedConfigMap({ namespace, name: 'cm' }))).toMatchObject({
      code: 404,
    });
  });

  it('pages a list and finds by label and by field', async () => {
    const namespace = await aNamespace();
    for (const name of ['a', 'b', 'c']) {
      await core.createNamespacedConfigMap({
        namespace,
        body: { metadata: { name, labels: { odd: String(name !== 'b') } } },
      });
    }
    const first = await core.listNamespacedConfigMap({ namespace, limit: 2, labelSelector: 'odd' });
    const second = await core.listNamespacedConfigMap({
      namespace,
      labelSelector: 'odd',
      limit: 2,
      _continue: first.metadata?._continue ?? '',
    });
    const names = (list: { items: { metadata?: { name?: string } }[] }) =>
      list.items.map((item) => item.metadata?.name);

    expect([names(first), names(second), second.metadata?._continue]).toEqual([
      ['a', 'b'],
      ['c'],
      undefined,
    ]);
    expect(
      names(await core.listNamespacedConfigMap({ namespace, labelSelector: 'odd in (true)' })),
    ).toEqual(['a', 'c']);
    expect(
      names(await core.listNamespacedConfigMap({ namespace, fieldSelector: 'metadata.name=b' })),
    ).toEqual(['b']);
  });

  it('fails as configured', async () => {
    const told = await refusal(configOf('faulty').makeApiClient(CoreV1Api).listNode());

    expect(told).toMatchObject({ code: 500, reason: 'InternalError' });
  });
});

describe('server-side apply', () => {
  it('names the manager of every field that would change, and forces on request', async () => {
    const namespace = await aNamespace();
    await apply(configMap(namespace, { k: '1', l: '2' }), 'helm');

    const told = await refusal(apply(configMap(namespace, { k: '9' }), 'fairlead'));

    expect(told.message).toBe('Apply failed with 1 conflict: conflict with "helm": .data.k');
    expect(told.details.causes).toEqual([
      { reason: 'FieldManagerConflict', message: 'conflict with "helm"', field: '.data.k' },
    ]);
    await apply(configMap(namespace, { k: '9' }), 'fairlead', true);
    const { data, metadata } = await core.readNamespacedConfigMap({ namespace, name: 'cm' });
    expect(data).toEqual({ k: '9', l: '2' });
    expect(
      metadata?.managedFields?.map(({ manager, fieldsV1 }) => [manager, fieldsV1 as unknown]),
    ).toEqual(
      expect.arrayContaining<unknown>([
        ['fairlead', { 'f:data': { 'f:k': {} } }],
        ['helm', { 'f:data': { 'f:l': {} } }],
      ]),
    );
  });

  it('removes what the same manager leaves out, unless somebody else holds it', async () => {
    const namespace = await aNamespace();
    await apply(configMap(namespace, { mine: '1', shared: '2' }), 'fairlead');
    await apply(configMap(namespace, { shared: '2' }), 'helm');

    await apply(configMap(namespace, {}), 'fairlead');

    expect((await core.readNamespacedConfigMap({ namespace, name: 'cm' })).data).toEqual({
      shared: '2',
    });
  });

  it('changes nothing, not even the resourceVersion, when applied again', async () => {
    const namespace = await aNamespace();
    await apply(configMap(namespace, { k: '1' }), 'fairlead');
    const before = await core.readNamespacedConfigMap({ namespace, name: 'cm' });

    await apply(configMap(namespace, { k: '1' }), 'fairlead');

    expect(await core.readNamespacedConfigMap({ namespace, name: 'cm' })).toEqual(before);
  });

  it('merges containers by name and takes a field over when its owner updates it', async () => {
    const namespace = await aNamespace();
    const set = { apiVersion: 'apps/v1', kind: 'DaemonSet', ...persistSet([]) };
    set.metadata = { name: 'keep', namespace };
    await apply(set, 'fairlead');
    await apps.patchNamespacedDaemonSet(
      {
        namespace,
        name: 'keep',
        fieldManager: 'person',
        body: {
          spec: { template: { spec: { containers: [{ name: 'pause', image: 'other:1' }] } } },
        },
      },
      setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
    );

    const told = await refusal(apply(set, 'fairlead'));

    expect(told.message).toBe(
      'Apply failed with 1 conflict: conflict with "person" using apps/v1: .spec.template.spec.containers[name="pause"].image',
    );
  });
});

describe('watch', () => {
  it('tells additions, changes and removals in order, and bookmarks the start', async () => {
    const namespace = await aNamespace();
    const seen: string[] = [];
    const controller = await new Watch(config).watch(
      `/api/v1/namespaces/${namespace}/configmaps`,
      { allowWatchBookmarks: true, labelSelector: 'watched' },
      (type: string, object: { metadata: { name?: string } }) =>
        seen.push(`${type} ${object.metadata.name ?? ''}`.trim()),
      () => undefined,
    );
    onTestFinished(() => controller.abort());
    const relabel = (labels: object) =>
      core.patchNamespacedConfigMap(
        { namespace, name: 'cm', body: { metadata: { labels } } },
        setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
      );

    await until(() => Promise.resolve(seen.length > 0 ? true : undefined));
    await core.createNamespacedConfigMap({ namespace, body: configMap(namespace, {}) });
    await relabel({ watched: 'yes' });
    await relabel({ watched: 'still' });
    await relabel({ watched: null });
    await relabel({ watched: 'again' });
    await core.deleteNamespacedConfigMap({ namespace, name: 'cm' });

    await until(() => Promise.resolve(seen.length === 6 ? true : undefined));
    expect(seen).toEqual([
      'BOOKMARK',
      'ADDED cm',
      'MODIFIED cm',
      'DELETED cm',
      'ADDED cm',
      'DELETED cm',
    ]);
  });

  it('sends 410 to whoever asks for changes that are forgotten', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const controller = await new Watch(config).watch(
      '/api/v1/configmaps',
      { resourceVersion: '1' },
      (type: string, object: { code: number }) => resolve([type, object.code]),
      () => undefined,
    );
    onTestFinished(() => controller.abort());

    expect(await promise).toEqual(['ERROR', 410]);
  });
});

describe('the simulated agent', () => {
  it('answers over attach, writes only what was expected, and its end completes the Job', async () => {
    const { namespace, session } = await anAgent('host', 'n1');
    const key = 'net.ipv4.tcp_fin_timeout';
    const write = (value: string, expected: string) =>
      session.ask({ do: 'write-key', key, value, expect: [expected] });

    const hello = AgentAnswers.hello.parse((await session.ask({ do: 'hello' })).answer);
    expect(hello).toMatchObject({ node: 'n1', mode: 'host', cpus: 4, addresses: ['10.89.0.10'] });
    expect((await write('30', '61')).answer).toMatchObject({
      found: '60',
      written: false,
      now: '60',
    });
    expect((await write('30', '60')).answer).toMatchObject({
      found: '60',
      written: true,
      now: '30',
    });
    const counters = AgentAnswers['read-counters'].parse(
      (await session.ask({ do: 'read-counters' })).answer,
    );
    expect(counters.counters).toContainEqual({
      name: 'TcpExt.ListenDrops',
      value: 0,
      kind: 'counter',
    });

    session.close();
    expect(await session.ended).toMatchObject({ status: 'Success' });
    await until(async () =>
      (await batch.listNamespacedJob({ namespace })).items.length === 0 ? true : undefined,
    );
    await until(async () =>
      (await core.listNamespacedPod({ namespace })).items.length === 0 ? true : undefined,
    );
  });

  it('ends when the connection breaks off, since its input was for one attach', async () => {
    const { namespace, session } = await anAgent('host', 'n1');
    await session.ask({ do: 'ping' });

    session.drop();

    await until(async () =>
      (await batch.listNamespacedJob({ namespace })).items.length === 0 ? true : undefined,
    );
  });

  it('ends when its Job is deleted', async () => {
    const { namespace, session } = await anAgent('host', 'n1');
    await session.ask({ do: 'ping' });

    await batch.deleteNamespacedJob({
      namespace,
      name: 'agent-host-n1',
      propagationPolicy: 'Background',
    });

    await session.ended;
    await until(async () =>
      (await core.listNamespacedPod({ namespace })).items.length === 0 ? true : undefined,
    );
  });

  it('tells which keys a node lacks or refuses', async () => {
    const { session } = await anAgent('host', 'n2');
    const keys = [
      'net.core.rmem_max',
      'net.core.netdev_max_backlog',
      'net.core.somaxconn',
    ] as const;

    const { answer } = await session.ask({ do: 'read-keys', keys: [...keys] });

    expect(AgentAnswers['read-keys'].parse(answer).readings).toEqual([
      { key: keys[0], value: '212992', writable: false },
      { key: keys[1], value: null, writable: false },
      { key: keys[2], value: '4096', writable: true },
    ]);
    const refused = await session.ask({
      do: 'write-key',
      key: keys[0],
      value: '1',
      expect: ['212992'],
    });
    expect(refused.error?.code).toBe('key-refused');
  });

  it('shows a new pod what the host handed on and an old one what it was born with', async () => {
    const old = await anAgent('pod', 'n1');
    const host = await anAgent('host', 'n1', [{ name: 'FAIRLEAD_READ_PODS', value: '1' }]);
    const keys = ['net.ipv4.tcp_rmem', 'net.core.somaxconn', 'net.core.rmem_max'] as const;
    await host.session.ask({
      do: 'write-key',
      key: keys[0],
      value: '4096 131072 16777216',
      expect: ['4096 131072 6291456'],
    });
    await host.session.ask({ do: 'write-key', key: keys[1], value: '8192', expect: ['4096'] });
    await host.session.ask({ do: 'write-key', key: keys[2], value: '8388608', expect: ['212992'] });
    const young = await anAgent('pod', 'n1');
    const valuesIn = async (session: Session) => {
      const { answer } = await session.ask({ do: 'read-keys', keys: [...keys] });
      return AgentAnswers['read-keys'].parse(answer).readings.map(({ value }) => value);
    };

    expect(await valuesIn(old.session)).toEqual(['4096 131072 6291456', '4096', '8388608']);
    expect(await valuesIn(young.session)).toEqual(['4096 131072 16777216', '4096', '8388608']);
    const podUids = [young.pod.metadata?.uid ?? ''];
    const { answer } = await host.session.ask({ do: 'read-pod-keys', podUids, keys: [keys[0]] });
    expect(answer).toMatchObject({
      pods: [{ found: true, readings: [{ value: '4096 131072 16777216' }] }],
    });
  });

  it('gives new pods the MTU that flannel read at its start, and old ones keep theirs', async () => {
    const [namespace, name] = ['kube-flannel', 'kube-flannel-cfg'];
    const old = await anAgent('pod', 'n1');
    const host = await anAgent('host', 'n1', [{ name: 'FAIRLEAD_READ_PODS', value: '1' }]);
    const found = await core.readNamespacedConfigMap({ namespace, name });
    const net = JSON.parse(found.data?.['net-conf.json'] ?? '') as { Backend: object };
    const text = JSON.stringify({ ...net, Backend: { ...net.Backend, MTU: 1400 } });
    const body = { ...found, data: { 'net-conf.json': text } };
    await core.replaceNamespacedConfigMap({ namespace, name, body });
    const { items } = await core.listNamespacedPod({ namespace });
    for (const pod of items) {
      await core.deleteNamespacedPod({ namespace, name: pod.metadata?.name ?? '' });
    }
    const kernel = simulator.clusters[0]?.cluster.kernels.get('n1');
    await until(() => Promise.resolve(kernel?.newPodMtuBytes === 1350 ? true : undefined));
    const young = await anAgent('pod', 'n1');

    const { answer } = await young.session.ask({ do: 'read-links' });
    const podUids = [old, young].map(({ pod }) => pod.metadata?.uid ?? '');
    const looked = await host.session.ask({ do: 'read-pod-links', podUids });

    expect(answer).toMatchObject({ links: [{ name: 'eth0', mtuBytes: 1350 }] });
    expect(looked.answer).toMatchObject({
      pods: [{ links: [{ mtuBytes: 1450 }] }, { links: [{ mtuBytes: 1350 }] }],
    });
  });

  it('answers how large a packet crosses to another node, and to nobody', async () => {
    const [far, near] = [await anAgent('host', 'n2'), await anAgent('host', 'n1')];
    const address = far.pod.status?.podIP ?? '';
    const listening = await far.session.ask({
      do: 'path-listen',
      addresses: [address],
      seconds: 60,
    });
    const { targets } = AgentAnswers['path-listen'].parse(listening.answer);
    const nobody = { ...targets[0], address: '10.89.9.9' } as (typeof targets)[number];
    const search = { ceilingBytes: 9000, attempts: 1, timeoutMilliseconds: 100 };

    const { answer } = await near.session.ask({
      do: 'path-mtu',
      targets: [...targets, nobody],
      ...search,
    });

    expect(AgentAnswers['path-mtu'].parse(answer).paths).toMatchObject([
      { address, passesBytes: 1500, stoppedBy: 'interface' },
      { passesBytes: null, stoppedBy: 'no-answer' },
    ]);
  });

  it('probes pods and Services that exist, and times out on a full table', async () => {
    const far = await anAgent('pod', 'n2');
    const near = await anAgent('host', 'n1');
    await core.createNamespacedService({
      namespace: far.namespace,
      body: {
        metadata: { name: 'echo' },
        spec: { selector: { app: 'agent' }, ports: [{ port: 10_711 }] },
      },
    });
    const service = await until(async () => {
      const { subsets } = await core.readNamespacedEndpoints({
        namespace: far.namespace,
        name: 'echo',
      });
      return subsets?.length
        ? core.readNamespacedService({ namespace: far.namespace, name: 'echo' })
        : undefined;
    });
    const probe = async (address: string, port = 10_711) => {
      const pacing = { count: 5, intervalMilliseconds: 10, timeoutMilliseconds: 1000 };
      const order = {
        type: 'tcp-crr' as const,
        target: { address, port },
        payloadBytes: 64,
        ...pacing,
      };
      const { answer } = await near.session.ask({ do: 'probe', probe: order });
      return AgentAnswers.probe.parse(answer).attempts;
    };

    const direct = await probe(far.pod.status?.podIP ?? '');
    expect(direct.map((one) => one.dueMilliseconds)).toEqual([0, 10, 20, 30, 40]);
    expect(direct.every((one) => (one.milliseconds ?? 0) > 0)).toBe(true);
    expect(
      (await probe(service.spec?.clusterIP ?? '')).every((one) => one.error === undefined),
    ).toBe(true);
    expect((await probe(far.pod.status?.podIP ?? '', 9))[0]?.error).toBe('ECONNREFUSED');
    expect((await probe('10.200.0.250'))[0]?.error).toBe('timeout');
    const write = (value: string, expected: string) =>
      near.session.ask({
        do: 'write-key',
        key: 'net.netfilter.nf_conntrack_max',
        value,
        expect: [expected],
      });
    await write('500', '131072');
    expect((await probe(far.pod.status?.podIP ?? '')).map((one) => one.error)).toEqual(
      Array.from({ length: 5 }, () => 'timeout'),
    );
    await write('131072', '500');
  });

  it('dies when the configuration says so, and its Job fails', async () => {
    const mortal = configOf('mortal');
    const api = mortal.makeApiClient(CoreV1Api);
    const jobs = mortal.makeApiClient(BatchV1Api);
    await jobs.createNamespacedJob({ namespace: 'default', body: agentJob('host', 'm1') });
    const pod = await runningPod(api, 'default');
    const session = await attachTo(mortal, 'default', pod.metadata?.name ?? '');

    await session.ask({ do: 'ping' });
    void session.ask({ do: 'ping' }).catch(() => undefined);

    expect(await session.ended).toMatchObject({ status: 'Failure' });
    await jobs.createNamespacedJob({ namespace: 'default', body: agentJob('host', 'm2') });
    const stuck = await until(async () => {
      const { items } = await api.listNamespacedPod({
        namespace: 'default',
        fieldSelector: 'spec.nodeName=m2',
      });
      return items.find((one) => one.metadata?.name?.startsWith('agent'));
    });
    expect(stuck.status?.phase).toBe('Pending');
  });
});

describe('the simulated controllers', () => {
  it('give pods the safe kernel keys that they ask for, and reject pods that ask for others', async () => {
    const namespace = await aNamespace();
    const asking = (name: string, key: string): V1Pod => ({
      metadata: { name },
      spec: {
        nodeName: 'n1',
        securityContext: { sysctls: [{ name: key, value: '600' }] },
        containers: [{ name: 'any', image: 'any:1' }],
      },
    });
    const keepalive = 'net.ipv4.tcp_keepalive_time';
    await core.createNamespacedPod({ namespace, body: asking('safe', keepalive) });
    await core.createNamespacedPod({ namespace, body: asking('unsafe', 'net.core.somaxconn') });

    const safe = await runningPod(core, namespace);
    const unsafe = await until(async () => {
      const pod = await core.readNamespacedPod({ namespace, name: 'unsafe' });
      return pod.status?.phase === 'Failed' ? pod : undefined;
    });

    const kernel = simulator.clusters[0]?.cluster.kernels.get('n1');
    expect(kernel?.readPod(safe.metadata?.uid ?? '', keepalive).value).toBe('600');
    expect(unsafe.status?.reason).toBe('SysctlForbidden');
  });

  it('run an agent that persists keys on every node, and roll it when its template changes', async () => {
    const namespace = await aNamespace();
    await apps.createNamespacedDaemonSet({
      namespace,
      body: persistSet(['net.ipv4.tcp_keepalive_time=600']),
    });
    const rolledOut = (generation: number) =>
      until(async () => {
        const { status } = await apps.readNamespacedDaemonSet({ namespace, name: 'keep' });
        const isDone =
          status?.observedGeneration === generation && status.updatedNumberScheduled === 1;
        return isDone && status.numberAvailable === 1 ? status : undefined;
      });
    const kernel = simulator.clusters[0]?.cluster.kernels.get('n1');

    await rolledOut(1);
    expect(kernel?.readHost('net.ipv4.tcp_keepalive_time').value).toBe('600');
    const { items: before } = await core.listNamespacedPod({ namespace });
    await apps.replaceNamespacedDaemonSet({
      namespace,
      name: 'keep',
      body: persistSet(['net.ipv4.tcp_keepalive_time=900']),
    });
    await rolledOut(2);
    expect(kernel?.readHost('net.ipv4.tcp_keepalive_time').value).toBe('900');
    const { items: after } = await core.listNamespacedPod({ namespace });
    expect(after.map((pod) => pod.metadata?.uid)).not.toEqual(
      before.map((pod) => pod.metadata?.uid),
    );
  });

  it('let kube-proxy write the table at its start, and only then', async () => {
    const name = 'kube-proxy';
    const namespace = 'kube-system';
    const kernel = simulator.clusters[0]?.cluster.kernels.get('n2');
    const max = () => kernel?.readHost('net.netfilter.nf_conntrack_max').value;
    await until(() => Promise.resolve(kernel?.proxyMode === 'iptables' ? true : undefined));
    // 64 cores would scale to two million: 1.36 stops at one.
    expect(max()).toBe('1048576');

    const found = await core.readNamespacedConfigMap({ namespace, name });
    const text = (found.data?.['config.conf'] ?? '')
      .replace('maxPerCore: null', 'maxPerCore: 1')
      .replace('min: null', 'min: 400000');
    await core.replaceNamespacedConfigMap({
      namespace,
      name,
      body: { ...found, data: { ...found.data, 'config.conf': text } },
    });
    expect(max()).toBe('1048576');
    const { items } = await core.listNamespacedPod({
      namespace,
      labelSelector: 'k8s-app=kube-proxy',
      fieldSelector: 'spec.nodeName=n2',
    });
    await core.deleteNamespacedPod({ namespace, name: items[0]?.metadata?.name ?? '' });

    await until(() => Promise.resolve(max() === '400000' ? true : undefined));
  });

  it("take kube-proxy's rules away with its own --cleanup", async () => {
    const namespace = await aNamespace();
    const kernel = simulator.clusters[0]?.cluster.kernels.get('n1');
    const rules = () => kernel?.proxyRules.read().iptables?.rules;
    await until(() => Promise.resolve((rules() ?? 0) > 0 ? true : undefined));
    const container = { name: 'c', image: 'i', command: ['kube-proxy'], args: ['--cleanup'] };
    const spec = { nodeName: 'n1', restartPolicy: 'Never', containers: [container] };

    await batch.createNamespacedJob({
      namespace,
      body: { metadata: { name: 'cleanup' }, spec: { template: { spec } } },
    });

    await until(async () => {
      const { status } = await batch.readNamespacedJob({ namespace, name: 'cleanup' });
      return status?.succeeded === 1 ? true : undefined;
    });
    expect(rules()).toBe(0);
    expect(kernel?.proxyMode).toBe('iptables');
  });

  it('end a namespace with everything in it', async () => {
    const namespace = await aNamespace();
    await apps.createNamespacedDaemonSet({ namespace, body: persistSet([]) });

    await core.deleteNamespace({ name: namespace });

    await until(async () => {
      const { items } = await core.listNamespace({ fieldSelector: `metadata.name=${namespace}` });
      return items.length === 0 ? true : undefined;
    });
    expect((await apps.listNamespacedDaemonSet({ namespace })).items).toEqual([]);
  });

  it('answer 409 to a second Lease of the same name', async () => {
    const namespace = await aNamespace();
    const leases = config.makeApiClient(CoordinationV1Api);
    const body = { metadata: { name: 'fairlead' }, spec: { holderIdentity: 'a' } };
    await leases.createNamespacedLease({ namespace, body });

    expect(await refusal(leases.createNamespacedLease({ namespace, body }))).toMatchObject({
      code: 409,
      message: 'leases.coordination.k8s.io "fairlead" already exists',
    });
  });
});

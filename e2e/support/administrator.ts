import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import {
  CoreV1Api,
  Exec,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  type KubernetesObject,
  type V1Pod,
} from '@kubernetes/client-node';
import { parseAllDocuments, stringify } from 'yaml';
import type { TestCluster } from './clusters.js';

const manifestFile = join(import.meta.dirname, '../../deploy/rbac/fairlead.yaml');
/** Not one of our own: where an aggregated API is down, a namespace never finishes going. */
const namespace = 'default';
const busybox = 'docker.io/library/busybox:1.35';

/**
 * The tests' own hands and eyes in a cluster, with an administrator's rights and none of Fairlead's
 * code: what it sees on a node is what the node's kernel says.
 */
export class Administrator {
  readonly name: string;
  readonly #config = new KubeConfig();
  readonly #core: CoreV1Api;
  readonly #objects: KubernetesObjectApi;

  constructor(cluster: TestCluster) {
    this.name = cluster.name;
    this.#config.loadFromString(cluster.adminKubeconfig);
    this.#core = this.#config.makeApiClient(CoreV1Api);
    this.#objects = KubernetesObjectApi.makeApiClient(this.#config);
  }

  get core(): CoreV1Api {
    return this.#core;
  }

  async apply(object: KubernetesObject): Promise<void> {
    await this.#objects.patch(
      object,
      undefined,
      undefined,
      'e2e',
      true,
      PatchStrategy.ServerSideApply,
    );
  }

  async read<T extends KubernetesObject>(ref: {
    apiVersion: string;
    kind: string;
    namespace?: string;
    name: string;
  }): Promise<T | null> {
    const { name, namespace: ns = '' } = ref;
    const header = {
      apiVersion: ref.apiVersion,
      kind: ref.kind,
      metadata: { name, namespace: ns },
    };
    return (await this.#objects.read(header).catch(() => null)) as T | null;
  }

  /** Reads an object, lets it be changed in place and writes it back, again when somebody else was faster. */
  async change<T extends KubernetesObject>(
    ref: { apiVersion: string; kind: string; namespace?: string; name: string },
    how: (object: T) => void,
  ): Promise<void> {
    for (let tries = 5; ; tries -= 1) {
      const object = await this.read<T>(ref);
      if (object === null) throw new Error(`There is no ${ref.kind} ${ref.name}.`);
      how(object);
      try {
        await this.#objects.replace(object);
        return;
      } catch (error) {
        if (tries === 0) throw error;
      }
    }
  }

  async remove(object: KubernetesObject): Promise<void> {
    await this.#objects.delete(object).catch(() => undefined);
  }

  /** Takes away every label of a DaemonSet's node selector that is not among these. */
  async replaceNodeSelector(
    daemonSet: KubernetesObject,
    nodeSelector: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { name = '', namespace = '' } = daemonSet.metadata ?? {};
    const found = await this.read<any>({
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      namespace,
      name,
    });
    const { template } = found.spec;
    await this.#objects.replace({
      ...found,
      spec: { ...found.spec, template: { ...template, spec: { ...template.spec, nodeSelector } } },
    });
  }

  async nodes(): Promise<string[]> {
    const { items } = await this.#core.listNode();
    return items.flatMap(({ metadata }) => metadata?.name ?? []).toSorted();
  }

  /** Does what a user does once: applies the shipped manifest and makes a kubeconfig for its account. */
  async installFairlead(): Promise<string> {
    const documents = parseAllDocuments(await readFile(manifestFile, 'utf8'));
    for (const document of documents) {
      const object = document.toJS() as KubernetesObject | null;
      if (object?.kind !== undefined) await this.apply(object);
    }
    const { status } = await this.#core.createNamespacedServiceAccountToken({
      namespace: 'fairlead-system',
      name: 'fairlead',
      body: { spec: { audiences: [], expirationSeconds: 7200 } },
    });
    const cluster = this.#config.getCurrentCluster();
    return stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'c',
          cluster: { server: cluster?.server, 'certificate-authority-data': cluster?.caData },
        },
      ],
      users: [{ name: 'fairlead', user: { token: status?.token } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'fairlead' } }],
      'current-context': 'c',
    });
  }

  /** One idle pod in the host's network of every node, and one in the pods' network. */
  async startObservers(): Promise<void> {
    await this.stopObservers();
    for (const node of await this.nodes()) {
      for (const hostNetwork of [true, false]) await this.apply(observer(node, hostNetwork));
    }
    for (const node of await this.nodes()) {
      await this.#untilRunning(observerName(node, true));
      await this.#untilRunning(observerName(node, false));
    }
  }

  async stopObservers(): Promise<void> {
    for (const node of await this.nodes()) {
      for (const hostNetwork of [true, false])
        await this.#removePod(observerName(node, hostNetwork));
    }
  }

  /** A kernel key as the node's own network namespace has it. */
  hostKey(node: string, key: string): Promise<string> {
    return this.#readKey(observerName(node, true), key);
  }

  /** The same key inside an ordinary pod that ran before. */
  podKey(node: string, key: string): Promise<string> {
    return this.#readKey(observerName(node, false), key);
  }

  /** Writes a key as a stranger would: past Fairlead, on the node itself. */
  async setHostKey(node: string, key: string, value: string): Promise<void> {
    const name = `fairlead-e2e-writer-${node}`;
    const pod = observer(node, true);
    const [container] = pod.spec?.containers ?? [];
    if (container === undefined) throw new Error('an observer has a container');
    const command = [
      'sh',
      '-c',
      `echo '${value}' > /proc/sys/${key.replaceAll('.', '/')}; sleep 3600`,
    ];
    await this.apply({
      ...pod,
      metadata: { name, namespace },
      spec: {
        ...pod.spec,
        containers: [{ ...container, command, securityContext: { privileged: true } }],
      },
    } as V1Pod);
    await this.#untilRunning(name);
    await until(async () => (await this.hostKey(node, key)) === value);
    await this.#removePod(name);
  }

  /** Runs a command in a pod and gives its standard output. */
  async run(podNamespace: string, pod: string, command: string[]): Promise<string> {
    let text = '';
    const out = new Writable({
      write(chunk: Buffer, _encoding, done) {
        text += chunk.toString();
        done();
      },
    });
    const exec = new Exec(this.#config);
    await new Promise<void>((resolve, reject) => {
      exec
        .exec(podNamespace, pod, '', command, out, new PassThrough(), null, false, (status) => {
          if (status.status === 'Success') resolve();
          else reject(new Error(`${command.join(' ')} in ${pod}: ${status.message ?? 'failed'}`));
        })
        .catch(reject);
    });
    return text;
  }

  /** A job's end is told before its agents are gone: they may take a moment to go. */
  async untilNothingIsLeft(but: (left: string) => boolean = () => false): Promise<void> {
    let left: string[] = [];
    await until(async () => {
      left = (await this.leftovers()).filter((object) => !but(object));
      return left.length === 0;
    }, 120).catch(() => {
      throw new Error(`Still there: ${left.join(', ')}.`);
    });
  }

  /** Everything of Fairlead's own namespace that a session leaves behind, by kind and name. */
  async leftovers(): Promise<string[]> {
    const found: string[] = [];
    for (const [apiVersion, kind] of [
      ['batch/v1', 'Job'],
      ['v1', 'Pod'],
      ['v1', 'Service'],
      ['apps/v1', 'DaemonSet'],
      ['coordination.k8s.io/v1', 'Lease'],
    ] as const) {
      const { items } = await this.#objects.list(apiVersion, kind, 'fairlead-system');
      found.push(...items.map(({ metadata }) => `${kind} ${metadata?.name ?? ''}`));
    }
    return found.toSorted();
  }

  async #removePod(name: string): Promise<void> {
    const ref = { apiVersion: 'v1', kind: 'Pod', namespace, name };
    await this.remove({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace } });
    await until(async () => (await this.read(ref)) === null);
  }

  async #readKey(pod: string, key: string): Promise<string> {
    const path = `/proc/sys/${key.replaceAll('.', '/')}`;
    return (await this.run(namespace, pod, ['cat', path])).replace(/\n$/, '');
  }

  async #untilRunning(name: string): Promise<void> {
    await until(async () => {
      const pod = await this.#core.readNamespacedPod({ namespace, name }).catch(() => null);
      return pod?.status?.phase === 'Running';
    });
  }
}

function observerName(node: string, hostNetwork: boolean): string {
  return `fairlead-e2e-${hostNetwork ? 'host' : 'pod'}-${node}`;
}

function observer(node: string, hostNetwork: boolean): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: observerName(node, hostNetwork), namespace, labels: { app: 'fairlead-e2e' } },
    spec: {
      nodeName: node,
      hostNetwork,
      terminationGracePeriodSeconds: 0,
      tolerations: [{ operator: 'Exists' }],
      containers: [
        { name: 'c', image: busybox, imagePullPolicy: 'IfNotPresent', command: ['sleep', '36000'] },
      ],
    },
  };
}

/** Waits until something is so, up to two minutes. */
export async function until(isSo: () => Promise<boolean>, seconds = 120): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Waited ${seconds} s in vain.`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

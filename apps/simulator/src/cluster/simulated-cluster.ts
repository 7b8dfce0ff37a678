import { randomUUID } from 'node:crypto';
import { ApiError } from '../api/api-error.js';
import { Deleter } from '../api/deletion.js';
import { sameValue, type KubeObject } from '../api/kube-object.js';
import { ObjectApi } from '../api/object-api.js';
import { ObjectStore, type StoreEvent } from '../api/object-store.js';
import type { Resource } from '../api/resources.js';
import type { SimulatedClusterConfig } from '../config.js';
import { reconcileDaemonSet } from '../controllers/daemon-sets.js';
import { reconcileDeployment } from '../controllers/deployments.js';
import { reconcileJob } from '../controllers/jobs.js';
import { Kubelets } from '../controllers/kubelet.js';
import { controllerOf, kinds, type Machinery } from '../controllers/machinery.js';
import { reconcileService } from '../controllers/service-endpoints.js';
import { NodeKernel } from '../kernel/node-kernel.js';
import { SeededRandom } from '../seeded-random.js';
import { Timers } from '../timers.js';
import { Addressing } from './addressing.js';
import { createFirstObjects } from './first-objects.js';

const reconcilers = new Map<Resource, (machinery: Machinery, object: KubeObject) => void>([
  [kinds.daemonSet, reconcileDaemonSet],
  [kinds.deployment, reconcileDeployment],
  [kinds.job, reconcileJob],
  [kinds.service, reconcileService],
]);

/** One cluster: its objects, its controllers, and a kernel per node. Everything lives in memory. */
export class SimulatedCluster {
  readonly config: SimulatedClusterConfig;
  readonly api: ObjectApi;
  readonly deleter: Deleter;
  readonly kubelets: Kubelets;
  readonly kernels: ReadonlyMap<string, NodeKernel>;
  readonly timers = new Timers();
  /** Draws the faults that the configuration asks for. */
  readonly random: SeededRandom;
  readonly #machinery: Machinery;
  readonly #queue = new Map<
    string,
    { readonly resource: Resource; readonly namespace: string; readonly name: string }
  >();
  #isScheduled = false;

  /** @param now  the clock of timestamps; latencies and delays pass in real time */
  constructor(config: SimulatedClusterConfig, now: () => Date = () => new Date()) {
    this.config = config;
    this.random = new SeededRandom(`${config.seed}/${config.name}`);
    // Later starts count on from the time, so that no revision ever comes twice.
    const store = new ObjectStore({
      revision: Math.floor(now().getTime() / 1000),
      keptEvents: config.keptEvents,
    });
    const addressing = new Addressing(config.nodes.map((node) => node.name));
    this.kernels = new Map(
      config.nodes.map((node) => [
        node.name,
        new NodeKernel(node, `${config.seed}/${config.name}`, now),
      ]),
    );
    // The first UIDs repeat: who registered the cluster knows it again after a restart by kube-system's.
    let newUid = (): string => this.random.uuid();
    this.api = new ObjectApi(store, {
      now,
      newUid: () => newUid(),
      admit: (resource, object, before) => this.#admit(addressing, resource, object, before),
    });
    this.deleter = new Deleter(this.api, now);
    const { api, deleter, kernels, timers } = this;
    this.#machinery = { config, api, deleter, kernels, timers, now };
    this.kubelets = new Kubelets(this.#machinery, addressing);
    store.subscribe((event) => this.#see(event));
    createFirstObjects(this.#machinery, addressing);
    newUid = randomUUID;
  }

  close(): void {
    this.timers.close();
  }

  #admit(
    addressing: Addressing,
    resource: Resource,
    object: KubeObject,
    before: KubeObject | undefined,
  ): void {
    if (resource === kinds.service) addressing.admitService(this.api.store, object, before);
    if (resource === kinds.namespace) object.spec ??= { finalizers: ['kubernetes'] };
    if (resource === kinds.daemonSet) countTemplates(object, before);
    if (resource !== kinds.pod || before !== undefined) return;
    const { namespace, name } = object.metadata;
    object.status = { phase: 'Pending', qosClass: 'BestEffort' };
    const account = object.spec?.['serviceAccountName'];
    if (typeof account !== 'string' || this.api.store.get(kinds.serviceAccount, namespace, account))
      return;
    const message = `pods "${name}" is forbidden: error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`;
    throw new ApiError(403, 'Forbidden', message, { name, kind: 'pods' });
  }

  #see(event: StoreEvent): void {
    const { resource, object } = event;
    this.kubelets.see(event);
    if (resource === kinds.namespace && event.type === 'ADDED') this.#furnish(object.metadata.name);
    if (event.type !== 'DELETED') this.#enqueue(resource, object);
    const { namespace = '' } = object.metadata;
    const owner = controllerOf(object);
    if (owner !== undefined) this.#enqueueOwner(owner.kind, namespace, owner.name);
    for (const reference of object.metadata.ownerReferences ?? []) {
      this.#enqueueOwner(reference.kind, namespace, reference.name);
    }
    if (event.type === 'DELETED') this.#push(kinds.namespace, '', namespace);
    if (resource === kinds.pod) {
      for (const service of this.api.store.list(kinds.service, namespace))
        this.#enqueue(kinds.service, service);
    }
  }

  /** What every namespace gets when it is made. */
  #furnish(namespace: string): void {
    const manager = { manager: 'kube-controller-manager' };
    const named = (name: string): KubeObject => ({ metadata: { name } }) as unknown as KubeObject;
    this.api.create(kinds.serviceAccount, namespace, named('default'), manager);
    this.api.create(
      kinds.configMap,
      namespace,
      { ...named('kube-root-ca.crt'), data: { 'ca.crt': '' } },
      manager,
    );
  }

  #enqueueOwner(kind: string, namespace: string, name: string): void {
    const resource = [kinds.daemonSet, kinds.deployment, kinds.job, kinds.replicaSet].find(
      (one) => one.kind === kind,
    );
    if (resource === undefined) return;
    this.#push(resource, namespace, name);
    if (resource !== kinds.replicaSet) return;
    const set = this.api.store.get(resource, namespace, name);
    const deployment = set === undefined ? undefined : controllerOf(set);
    if (deployment !== undefined) this.#push(kinds.deployment, namespace, deployment.name);
  }

  #enqueue(resource: Resource, object: KubeObject): void {
    this.#push(resource, object.metadata.namespace ?? '', object.metadata.name);
  }

  #push(resource: Resource, namespace: string, name: string): void {
    if (name === '') return;
    this.#queue.set(`${resource.kind}/${namespace}/${name}`, { resource, namespace, name });
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // Controllers act after the request that woke them was answered, as they do in a real cluster.
    this.timers.after(0, () => this.#reconcile());
  }

  #reconcile(): void {
    this.#isScheduled = false;
    const work = [...this.#queue.values()];
    this.#queue.clear();
    for (const { resource, namespace, name } of work) {
      const object = this.api.store.get(
        resource,
        resource.namespaced ? namespace : undefined,
        name,
      );
      if (object === undefined) continue;
      if (object.metadata.deletionTimestamp !== undefined) this.deleter.settle(resource, object);
      else reconcilers.get(resource)?.(this.#machinery, object);
    }
  }
}

const templateGeneration = 'deprecated.daemonset.template.generation';

/** The API server still counts a DaemonSet's templates in an annotation of its own. */
function countTemplates(set: KubeObject, before: KubeObject | undefined): void {
  const last = Number(before?.metadata.annotations?.[templateGeneration] ?? 0);
  const isSame =
    before !== undefined && sameValue(before.spec?.['template'], set.spec?.['template']);
  set.metadata.annotations = {
    ...set.metadata.annotations,
    [templateGeneration]: String(isSame ? last : last + 1),
  };
}

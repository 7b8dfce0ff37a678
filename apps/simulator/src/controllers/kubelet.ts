import type { Program } from '../agent/program.js';
import { kubeTime, type KubeObject } from '../api/kube-object.js';
import type { StoreEvent } from '../api/object-store.js';
import { dnsAddress, type Addressing } from '../cluster/addressing.js';
import type { NodeKernel } from '../kernel/node-kernel.js';
import { resolverFor } from '../kernel/pod-resolver.js';
import { kinds, setStatus, type Machinery } from './machinery.js';
import { podStatus, type Addresses, type ContainerState } from './pod-status.js';
import { forbiddenSysctl } from './safe-sysctls.js';
import { runInit, startProgram } from './programs.js';
import { phaseOf, specOf, type PodSpec } from './workload-types.js';

const manager = 'kubelet';
/** Before a container that failed is tried again; the real kubelet backs off from 10 seconds. */
const retryMilliseconds = 5000;

interface Running {
  readonly pod: KubeObject;
  readonly addresses: Addresses;
  program: Program | null;
  restarts: number;
  isEnding: boolean;
}

/** All kubelets of the cluster: they start pods on their node's kernel and end them. */
export class Kubelets {
  readonly #machinery: Machinery;
  readonly #addressing: Addressing;
  readonly #pods = new Map<string, Running>();

  constructor(machinery: Machinery, addressing: Addressing) {
    this.#machinery = machinery;
    this.#addressing = addressing;
  }

  /** What attach talks to; undefined when the container does not run. */
  program(podUid: string): Program | undefined {
    return this.#pods.get(podUid)?.program ?? undefined;
  }

  see(event: StoreEvent): void {
    if (event.resource !== kinds.pod) return;
    const { object: pod } = event;
    if (event.type === 'DELETED') return this.#forget(pod.metadata.uid);
    const nodeName = pod.spec?.['nodeName'];
    if (typeof nodeName !== 'string') return;
    const kernel = this.#machinery.kernels.get(nodeName);
    if (kernel === undefined || !kernel.node.ready) return;
    if (!this.#pods.has(pod.metadata.uid) && phaseOf(pod) === 'Pending') this.#admit(pod, kernel);
    if (pod.metadata.deletionTimestamp !== undefined) this.#end(pod);
  }

  #admit(pod: KubeObject, kernel: NodeKernel): void {
    const hostIP = this.#addressing.nodeAddress(kernel.node.name);
    const isHost = specOf<PodSpec>(pod).hostNetwork === true;
    const podIP = isHost ? hostIP : this.#addressing.podAddress(kernel.node.name);
    const running: Running = {
      pod,
      addresses: { hostIP, podIP },
      program: null,
      restarts: 0,
      isEnding: false,
    };
    this.#pods.set(pod.metadata.uid, running);
    const { timers, config } = this.#machinery;
    const sysctls = specOf<PodSpec>(pod).securityContext?.sysctls ?? [];
    const forbidden = forbiddenSysctl(
      sysctls.map(({ name }) => name),
      config.version,
    );
    if (forbidden !== undefined) return this.#reject(pod, forbidden);
    // Within the same turn the creator still holds the object: the kubelet hears of it later.
    timers.after(0, () =>
      this.#report(running, 'Pending', { waiting: { reason: 'ContainerCreating' } }, false),
    );
    timers.after(config.podStartMilliseconds, () => {
      if (!running.isEnding && !isHost) kernel.addPod(pod.metadata.uid, sysctls);
      const { namespace = '', uid } = pod.metadata;
      kernel.resolvers.set(uid, resolverFor(namespace, specOf<PodSpec>(pod), dnsAddress));
      this.#start(running, kernel);
    });
  }

  /** The API admits such a pod and the scheduler places it: only the kubelet says no, and for good. */
  #reject(pod: KubeObject, key: string): void {
    const message = `Pod was rejected: forbidden sysctl: "${key}" not allowlisted`;
    const status = { phase: 'Failed', reason: 'SysctlForbidden', message };
    this.#machinery.timers.after(0, () =>
      setStatus(this.#machinery, kinds.pod, pod, status, manager),
    );
  }

  #start(running: Running, kernel: NodeKernel): void {
    if (running.isEnding || !this.#pods.has(running.pod.metadata.uid)) return;
    const spec = specOf<PodSpec>(running.pod);
    const [container] = spec.containers;
    if (container === undefined) return;
    let isInitialized = false;
    try {
      for (const init of spec.initContainers ?? []) runInit(init, kernel);
      isInitialized = true;
      running.program = startProgram(this.#machinery, container, kernel, {
        podUid: running.pod.metadata.uid,
        address: running.addresses.podIP,
        reach: (probe) => this.#addressing.reach(this.#machinery, probe),
        way: (address, from) => this.#addressing.way(this.#machinery, address, from),
      });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      running.restarts += 1;
      this.#report(
        running,
        'Pending',
        { waiting: { reason: 'CrashLoopBackOff', message } },
        isInitialized,
      );
      this.#machinery.timers.after(retryMilliseconds, () => this.#start(running, kernel));
      return;
    }
    const startedAt = kubeTime(this.#machinery.now());
    this.#report(running, 'Running', { running: { startedAt } }, true);
    void running.program.exited.then((exitCode) => this.#exited(running, exitCode, startedAt));
  }

  #exited(running: Running, exitCode: number, startedAt: string): void {
    running.program = null;
    if (running.isEnding) return;
    const finishedAt = kubeTime(this.#machinery.now());
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    const state = { terminated: { exitCode, reason, startedAt, finishedAt } };
    this.#report(running, exitCode === 0 ? 'Succeeded' : 'Failed', state, true);
  }

  #end(pod: KubeObject): void {
    const running = this.#pods.get(pod.metadata.uid);
    if (running === undefined || running.isEnding) return;
    running.isEnding = true;
    this.#machinery.timers.after(this.#machinery.config.podStopMilliseconds, () => {
      running.program?.stop(143);
      const { api } = this.#machinery;
      const stored = api.store.get(kinds.pod, pod.metadata.namespace, pod.metadata.name);
      if (stored?.metadata.uid === pod.metadata.uid) api.remove(kinds.pod, stored);
    });
  }

  #forget(podUid: string): void {
    const running = this.#pods.get(podUid);
    if (running === undefined) return;
    running.isEnding = true;
    running.program?.stop(137);
    this.#pods.delete(podUid);
    const nodeName = running.pod.spec?.['nodeName'];
    if (typeof nodeName === 'string') this.#machinery.kernels.get(nodeName)?.removePod(podUid);
  }

  #report(
    running: Running,
    phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed',
    state: ContainerState,
    initialized: boolean,
  ): void {
    const { namespace, name, uid } = running.pod.metadata;
    const stored = this.#machinery.api.store.get(kinds.pod, namespace, name);
    if (stored?.metadata.uid !== uid) return;
    const now = this.#machinery.now();
    const told = { phase, state, initialized, restarts: running.restarts, now };
    setStatus(
      this.#machinery,
      kinds.pod,
      stored,
      podStatus(stored, running.addresses, told),
      manager,
    );
  }
}

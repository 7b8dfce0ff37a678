import { randomUUID } from 'node:crypto';
import {
  kernelKeyNames,
  kernelText,
  reachOf,
  readOnlyKeyNames,
  type CounterReading,
  type KernelKeyName,
  type KeyReading,
  type ReadableKeyName,
  type ResolverReading,
} from '@fairlead/core';
import type { SimulatedNode } from '../config.js';
import { SeededRandom } from '../seeded-random.js';
import { countersAt } from './counters.js';
import { defaultKeys, shownInPods } from './default-keys.js';
import { ProxyRules } from './proxy-rules.js';
import { tunnelBytes } from './links.js';

const isKernelKey = (key: ReadableKeyName): key is KernelKeyName =>
  (kernelKeyNames as readonly string[]).includes(key);

/** Keys that hold one non-negative number; the rest are lists of numbers or names. */
const wordKeys = new Set<string>(['net.core.default_qdisc', 'net.ipv4.tcp_congestion_control']);
const listKeys: Readonly<Record<string, number>> = {
  'net.ipv4.ip_local_port_range': 2,
  'net.ipv4.tcp_rmem': 3,
  'net.ipv4.tcp_wmem': 3,
};

/** One entry of a pod's `securityContext.sysctls`. */
export interface PodSysctl {
  readonly name: string;
  readonly value: string;
}

/** The keys of one simulated machine, its own network namespace and those of its pods. Starts as after a boot. */
export class NodeKernel {
  readonly node: SimulatedNode;
  readonly bootId = randomUUID();
  /** As kube-proxy on this node answers on its port; null while none runs. */
  proxyMode: string | null = null;
  readonly proxyRules: ProxyRules;
  /** The resolv.conf of each pod. */
  readonly resolvers = new Map<string, ResolverReading>();
  /** MTU of the links that the pod network gives to new pods from now on. */
  newPodMtuBytes: number;
  /** What probes of paths to this node must carry. */
  readonly pathToken = randomUUID().replaceAll('-', '');
  readonly #podMtuBytes = new Map<string, number>();
  readonly #host: Map<ReadableKeyName, string>;
  readonly #pods = new Map<string, Map<ReadableKeyName, string>>();
  readonly #bootedAt: number;
  readonly #random: SeededRandom;
  #fullSince: number;
  #fullMilliseconds = 0;
  readonly #now: () => Date;

  constructor(node: SimulatedNode, seed: string, now: () => Date) {
    this.node = node;
    this.proxyRules = new ProxyRules(node);
    this.newPodMtuBytes = node.mtuBytes - tunnelBytes;
    this.#now = now;
    this.#bootedAt = now().getTime();
    this.#fullSince = this.#bootedAt;
    this.#random = new SeededRandom(`${seed}/${node.name}/kernel`);
    const values = { ...defaultKeys(node.memoryBytes), ...node.keys };
    const names: readonly ReadableKeyName[] = [...kernelKeyNames, ...readOnlyKeyNames];
    this.#host = new Map(
      names.filter((key) => !node.absent.includes(key)).map((key) => [key, values[key]]),
    );
  }

  /** A namespace is made once and never told of later changes: that is why old pods keep old values. */
  addPod(podUid: string, asked: readonly PodSysctl[]): void {
    const defaults = defaultKeys(this.node.memoryBytes);
    const keys = new Map<ReadableKeyName, string>();
    for (const key of kernelKeyNames) {
      const own = this.#host.get(key);
      if (reachOf(key) === 'all-pods' || own === undefined) continue;
      const wanted = asked.find(({ name }) => name === key)?.value;
      keys.set(key, wanted ?? (reachOf(key) === 'new-pods' ? own : defaults[key]));
    }
    this.#pods.set(podUid, keys);
    this.#podMtuBytes.set(podUid, this.newPodMtuBytes);
  }

  removePod(podUid: string): void {
    this.#pods.delete(podUid);
    this.resolvers.delete(podUid);
    this.#podMtuBytes.delete(podUid);
  }

  /** The MTU that a pod's link was made with; null for a pod that is not here. */
  podMtuBytes(podUid: string): number | null {
    return this.#podMtuBytes.get(podUid) ?? null;
  }

  /** Of all pods on the node's network. */
  podMtus(): readonly number[] {
    return [...this.#podMtuBytes.values()];
  }

  hasPod(podUid: string): boolean {
    return this.#pods.has(podUid);
  }

  readHost(key: ReadableKeyName): KeyReading {
    if (key === 'net.netfilter.nf_conntrack_count') {
      return { key, value: String(this.tracked()), writable: false };
    }
    const value = this.#host.get(key) ?? null;
    const writable = value !== null && isKernelKey(key) && this.#mayWrite(key);
    return { key, value, writable };
  }

  /** The default qdisc takes CAP_NET_ADMIN, which an agent does not have: seen on the lab. */
  #mayWrite(key: KernelKeyName): boolean {
    return key !== 'net.core.default_qdisc' && !this.node.readOnly.includes(key);
  }

  /** A pod of the ordinary kind has /proc/sys mounted read-only. */
  readPod(podUid: string, key: ReadableKeyName): KeyReading {
    const isGlobal = isKernelKey(key)
      ? reachOf(key) === 'all-pods'
      : key !== 'net.netfilter.nf_conntrack_count';
    if (!isGlobal) return { key, value: this.#pods.get(podUid)?.get(key) ?? null, writable: false };
    const value = shownInPods.has(key) ? (this.#host.get(key) ?? null) : null;
    return { key, value, writable: false };
  }

  /** @throws KernelRefusal, nothing has changed then */
  writeHost(key: KernelKeyName, value: string): void {
    const text = kernelText(value);
    const refuse = (code: string): never => {
      throw new KernelRefusal('key-refused', `The kernel refused ${key} = ${text} (${code}).`);
    };
    if (!this.#host.has(key)) throw new KernelRefusal('key-absent', `${key} does not exist here.`);
    if (!this.#mayWrite(key)) refuse('EACCES');
    if (!this.#accepts(key, text)) refuse('EINVAL');
    const wasFull = this.isTableFull();
    this.#host.set(key, text);
    const now = this.#now().getTime();
    if (wasFull && !this.isTableFull()) this.#fullMilliseconds += now - this.#fullSince;
    if (!wasFull && this.isTableFull()) this.#fullSince = now;
  }

  number(key: ReadableKeyName): number {
    return Number(this.#host.get(key) ?? 0);
  }

  /** Connections in the host's table: never above its limit. */
  tracked(): number {
    return Math.min(this.node.connections, this.number('net.netfilter.nf_conntrack_max'));
  }

  isTableFull(): boolean {
    const max = this.number('net.netfilter.nf_conntrack_max');
    return max > 0 && this.node.connections >= max;
  }

  /** Seconds, since the boot, for which the table has had no room. */
  lostToFullTable(): number {
    const now = this.#now().getTime();
    return (this.#fullMilliseconds + (this.isTableFull() ? now - this.#fullSince : 0)) / 1000;
  }

  now(): Date {
    return this.#now();
  }

  counters(): CounterReading[] {
    const seconds = (this.#now().getTime() - this.#bootedAt) / 1000;
    return countersAt(seconds, this);
  }

  /** Latencies of this node's probes draw from here. */
  get random(): SeededRandom {
    return this.#random;
  }

  #accepts(key: KernelKeyName, text: string): boolean {
    if (key === 'net.ipv4.ip_local_reserved_ports') return /^[\d,-]*$/.test(text);
    if (key === 'net.ipv4.tcp_congestion_control') {
      return (this.#host.get('net.ipv4.tcp_available_congestion_control') ?? '')
        .split(' ')
        .includes(text);
    }
    if (wordKeys.has(key)) return /^[a-z_]+$/.test(text);
    const fields = text.split(' ');
    return (
      fields.length === (listKeys[key] ?? 1) && fields.every((field) => /^\d{1,10}$/.test(field))
    );
  }
}

/** A key that is absent, or that the kernel does not set as asked; codes are the real agent's. */
export class KernelRefusal extends Error {
  readonly code: 'key-absent' | 'key-refused' | 'not-allowed';

  constructor(code: KernelRefusal['code'], message: string) {
    super(message);
    this.name = 'KernelRefusal';
    this.code = code;
  }
}

import {
  agentIdleSeconds,
  agentLineBytes,
  agentPathPort,
  AgentRequest,
  kernelText,
  lookupOrder,
  ndotsIn,
  type AgentAnswer,
  type AgentMode,
  type AgentOrder,
  type LinkReading,
  type ProbeOrder,
  type ResolverReading,
} from '@fairlead/core';
import { attemptsOf, type Reach } from '../kernel/latency.js';
import { hostLinks, pathReading, podLinks, type Way } from '../kernel/links.js';
import { KernelRefusal, type NodeKernel } from '../kernel/node-kernel.js';
import type { Timers } from '../timers.js';
import type { Program } from './program.js';

export interface AgentSurroundings {
  readonly mode: AgentMode;
  readonly podUid: string;
  readonly address: string;
  readonly kernel: NodeKernel;
  readonly mayReadPods: boolean;
  readonly mayReadProxy: boolean;
  readonly now: () => Date;
  readonly timers: Timers;
  readonly probeSpeed: number;
  /** Orders after which it dies, when the configuration wants that. */
  readonly diesAfter?: number;
  /** What a packet to that address and port would meet. */
  readonly reach: (probe: ProbeOrder) => Reach;
  /** The way to another agent's address, from whoever is asked; null where nobody is. */
  readonly way: (address: string, from: AgentMode) => Way | null;
}

/** Speaks the agent's protocol over a simulated kernel; what it measures is invented (latency.ts). */
export class SimulatedAgent implements Program {
  readonly exited: Promise<number>;
  readonly #around: AgentSurroundings;
  #exit!: (code: number) => void;
  #listener: ((text: string) => void) | null = null;
  #buffer = '';
  #hasEnded = false;
  #orders = 0;
  #stopIdle: () => void;

  constructor(around: AgentSurroundings) {
    this.#around = around;
    this.exited = new Promise((resolve) => (this.#exit = resolve));
    this.#stopIdle = this.#armIdle();
  }

  onOutput(listener: ((text: string) => void) | null): void {
    this.#listener = listener;
  }

  write(text: string): void {
    if (this.#hasEnded) return;
    this.#buffer += text;
    if (this.#buffer.length > agentLineBytes) return this.stop(1);
    const lines = this.#buffer.split('\n');
    this.#buffer = lines.pop() ?? '';
    for (const line of lines.filter((one) => one.trim() !== '')) this.#take(line);
  }

  closeStdin(): void {
    this.stop(0);
  }

  stop(exitCode: number): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#stopIdle();
    this.#exit(exitCode);
  }

  #armIdle(): () => void {
    return this.#around.timers.after(agentIdleSeconds * 1000, () => this.stop(0));
  }

  #take(line: string): void {
    this.#stopIdle();
    this.#stopIdle = this.#armIdle();
    this.#orders += 1;
    const { diesAfter } = this.#around;
    if (diesAfter !== undefined && this.#orders > diesAfter) return this.stop(137);

    const request = AgentRequest.safeParse(parsed(line));
    if (!request.success) {
      const id = idOf(line);
      const error = { code: 'bad-order', message: 'Not an order of this protocol.' };
      if (id !== null) this.#say({ id, error });
      return;
    }
    const { id, order } = request.data;
    try {
      if (order.do === 'probe') return this.#probe(id, order.probe);
      this.#say({ id, answer: this.#answer(order) });
      if (order.do === 'bye') this.stop(0);
    } catch (error) {
      if (!(error instanceof KernelRefusal)) throw error;
      this.#say({ id, error: { code: error.code, message: error.message } });
    }
  }

  #say(reply: unknown): void {
    this.#listener?.(`${JSON.stringify(reply)}\n`);
  }

  #answer(order: Exclude<AgentOrder, { do: 'probe' }>): AgentAnswer<AgentOrder['do']> {
    const { kernel } = this.#around;
    switch (order.do) {
      case 'hello':
        return this.#hello();
      case 'ping':
      case 'bye':
        return {};
      case 'read-keys':
        return { bootId: kernel.bootId, readings: order.keys.map((key) => this.#read(key)) };
      case 'write-key':
        return this.#write(order);
      case 'read-counters':
        return { bootId: kernel.bootId, counters: kernel.counters() };
      case 'read-pod-keys':
        return this.#readPods(order);
      case 'read-resolver':
        return this.#resolverOf(this.#around.podUid) ?? noResolver;
      case 'read-pod-resolvers':
        return this.#readPodResolvers(order.podUids);
      case 'read-listeners':
        return { listeners: [] };
      case 'read-kube-proxy':
        return kernel.proxyMode === null
          ? { mode: null, healthy: null, sync: null }
          : { mode: kernel.proxyMode, healthy: true, sync: kernel.proxyRules.sync() };
      case 'read-metrics':
        // Simulated pods run no programs that would show any.
        return { nowSeconds: this.#around.now().getTime() / 1000, readings: null };
      case 'read-proxy-rules':
      case 'read-proxy-support':
        return this.#readProxy(order.do);
      case 'read-links':
        return { links: this.#links() };
      case 'read-pod-links':
        return this.#readPodLinks(order);
      case 'path-listen':
        return this.#listen(order);
      case 'path-mtu':
        return this.#searchPaths(order);
    }
  }

  #hello(): AgentAnswer<'hello'> {
    const { kernel, mode, address } = this.#around;
    const { name, cpus, memoryBytes, kernel: release } = kernel.node;
    const version = '0.1.0+fairlead-simulator';
    return {
      node: name,
      mode,
      version,
      kernel: release,
      bootId: kernel.bootId,
      cpus,
      memoryBytes,
      addresses: [address],
    };
  }

  #read(
    key: Extract<AgentOrder, { do: 'read-keys' }>['keys'][number],
  ): AgentAnswer<'read-keys'>['readings'][number] {
    const { mode, kernel, podUid } = this.#around;
    return mode === 'host' ? kernel.readHost(key) : kernel.readPod(podUid, key);
  }

  #readPodResolvers(podUids: readonly string[]): AgentAnswer<'read-pod-resolvers'> {
    if (!this.#around.mayReadPods) {
      throw new KernelRefusal('not-allowed', 'This agent may not look into pods.');
    }
    const pods = podUids.map((podUid) => {
      const resolver = this.#resolverOf(podUid);
      return { podUid, resolver, libc: resolver === null ? null : ('other' as const) };
    });
    return { pods };
  }

  #resolverOf(podUid: string): ResolverReading | null {
    return this.#around.kernel.resolvers.get(podUid) ?? null;
  }

  /** Compare-and-set: what is there must be one of the values that the worker expects. */
  #write(order: Extract<AgentOrder, { do: 'write-key' }>): AgentAnswer<'write-key'> {
    const { kernel, mode } = this.#around;
    if (mode !== 'host') throw new KernelRefusal('not-allowed', 'This agent only reads.');
    const { bootId } = kernel;
    const found = kernel.readHost(order.key).value;
    if (found === null) throw new KernelRefusal('key-absent', `${order.key} does not exist here.`);
    if (!order.expect.map(kernelText).includes(found))
      return { bootId, found, written: false, now: found };
    if (found === kernelText(order.value)) return { bootId, found, written: true, now: found };
    kernel.writeHost(order.key, order.value);
    return { bootId, found, written: true, now: kernel.readHost(order.key).value ?? '' };
  }

  #readProxy(what: 'read-proxy-rules' | 'read-proxy-support') {
    const { kernel, mayReadProxy } = this.#around;
    if (!mayReadProxy)
      throw new KernelRefusal('not-allowed', "This agent may not look at kube-proxy's rules.");
    return what === 'read-proxy-rules' ? kernel.proxyRules.read() : kernel.proxyRules.support();
  }

  #readPods(order: Extract<AgentOrder, { do: 'read-pod-keys' }>): AgentAnswer<'read-pod-keys'> {
    const { kernel, mayReadPods } = this.#around;
    if (!mayReadPods) throw new KernelRefusal('not-allowed', 'This agent may not look into pods.');
    const pods = order.podUids.map((podUid) => {
      const found = kernel.hasPod(podUid);
      return {
        podUid,
        found,
        readings: found ? order.keys.map((key) => kernel.readPod(podUid, key)) : [],
      };
    });
    return { pods };
  }

  #links(): LinkReading[] {
    const { kernel, mode, address, podUid } = this.#around;
    return mode === 'host'
      ? hostLinks(address, kernel.node.mtuBytes, kernel.podMtus())
      : podLinks(address, kernel.podMtuBytes(podUid) ?? kernel.newPodMtuBytes);
  }

  #readPodLinks({
    podUids,
  }: Extract<AgentOrder, { do: 'read-pod-links' }>): AgentAnswer<'read-pod-links'> {
    const { kernel, mayReadPods } = this.#around;
    if (!mayReadPods) throw new KernelRefusal('not-allowed', 'This agent may not look into pods.');
    const pods = podUids.map((podUid) => {
      const mtuBytes = kernel.podMtuBytes(podUid);
      const links = mtuBytes === null ? [] : podLinks('', mtuBytes);
      return { podUid, found: mtuBytes !== null, links };
    });
    return { pods };
  }

  #listen({ addresses }: Extract<AgentOrder, { do: 'path-listen' }>): AgentAnswer<'path-listen'> {
    const { address, kernel } = this.#around;
    const own = { address, port: agentPathPort, token: kernel.pathToken };
    return { targets: addresses.includes(address) ? [own] : [] };
  }

  #searchPaths(order: Extract<AgentOrder, { do: 'path-mtu' }>): AgentAnswer<'path-mtu'> {
    const { address, mode, way } = this.#around;
    const link = this.#links().find(({ name }) => name === 'eth0')?.mtuBytes ?? 0;
    const others = order.targets.filter((target) => target.address !== address);
    const paths = others.map((target) =>
      pathReading(target, order, address, link, way(target.address, mode)),
    );
    return { paths };
  }

  #probe(id: number, probe: ProbeOrder): void {
    const { kernel, now, timers, probeSpeed, reach } = this.#around;
    const startedAt = now().toISOString();
    const conditions = { reach: reach(probe), isTableFull: kernel.isTableFull() };
    const resolver = this.#resolverOf(this.#around.podUid);
    const attempts = attemptsOf(probe, conditions, kernel.random).map((attempt) =>
      probe.type === 'dns-cost' && attempt.error === undefined
        ? { ...attempt, queries: queriesFor(probe.name, resolver) }
        : attempt,
    );
    const lasts = probe.count * probe.intervalMilliseconds;
    timers.after(lasts / probeSpeed, () => this.#say({ id, answer: { startedAt, attempts } }));
  }
}

const noResolver: ResolverReading = { nameservers: [], searches: [], options: [] };

/** A and AAAA of each name of the search path until the one that exists: the name itself. */
function queriesFor(name: string, resolver: ResolverReading | null): number {
  const { searches, options } = resolver ?? noResolver;
  const order = lookupOrder(name, { searches, ndots: ndotsIn(options) });
  return 2 * (order.indexOf(name.replace(/\.$/, '')) + 1);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function idOf(line: string): number | null {
  const request = parsed(line);
  const id: unknown =
    request !== null && typeof request === 'object' && 'id' in request ? request.id : null;
  return typeof id === 'number' ? id : null;
}

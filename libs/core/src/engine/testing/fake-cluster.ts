import type { AgentAnswer, AgentOrder } from '../../agent-protocol.js';
import type { PathEdit } from '../../change.js';
import { AgentLost } from '../../errors.js';
import type { Json, JsonObject } from '../../json.js';
import { objectText, refOf, valueAt, type ObjectRef, type SeenObject } from '../../objects.js';
import type { NodeReport } from '../../tuner.js';
import type { FakeProxies } from './fake-proxies.js';
import type { EditReading, EditWrite, EngineCluster } from '../ports.js';

/** What stands in a cluster; it outlives every connection and every worker. */
export class FakeWorld {
  /** Node → key → value. */
  readonly kernels = new Map<string, Map<string, string>>();
  readonly objects = new Map<string, SeenObject>();
  readonly writes: { readonly node: string; readonly key: string; readonly value: string }[] = [];
  readonly lost = new Set<string>();
  /** Where kube-proxy is part of the matter. */
  proxies: FakeProxies | null = null;
  bootId = 'boot-1';
  uids = 0;

  setKey(node: string, key: string, value: string): void {
    const kernel = this.kernels.get(node) ?? new Map<string, string>();
    this.kernels.set(node, kernel.set(key, value));
  }

  put(
    object: JsonObject & {
      apiVersion: string;
      kind: string;
      metadata: JsonObject & { name: string };
    },
  ): SeenObject {
    const seen = { ...object, metadata: { uid: `uid-${(this.uids += 1)}`, ...object.metadata } };
    this.objects.set(objectText(refOf(seen)), seen);
    return seen;
  }
}

/** The cluster port over a FakeWorld: compare-and-set writes, rollouts that are done at once. */
export class FakeCluster implements EngineCluster {
  readonly version = '1.36.3';
  readonly ownNamespace = 'fairlead-system';
  readonly agentImage = 'fairlead-agent:test';
  readonly world: FakeWorld;
  isOpen = true;

  constructor(world: FakeWorld) {
    this.world = world;
  }

  checkIdentity = () => Promise.resolve();
  holdClusterLease = () => Promise.resolve();
  releaseClusterLease = () => Promise.resolve();
  stopAgents = () => Promise.resolve();
  nodes: EngineCluster['nodes'] = () => Promise.resolve(this.world.proxies?.nodes() ?? []);
  serves = () => Promise.resolve(true);
  count = () => Promise.resolve(0);
  sha512 = (text: string) => `sha512 of ${text.length} characters`;
  askPods = () => Promise.resolve([]);
  renewPods: EngineCluster['renewPods'] = () => Promise.resolve();
  rollout = () => Promise.resolve({ done: true, message: 'done' });

  list({ kind }: { readonly kind: string }): Promise<readonly SeenObject[]> {
    return Promise.resolve(kind === 'Pod' ? (this.world.proxies?.pods() ?? []) : []);
  }

  async requestRemoval(ref: ObjectRef, uid: string): Promise<void> {
    this.world.proxies?.end(ref, uid);
  }

  cleanUpProxy(node: string): Promise<void> {
    this.world.proxies?.cleanUp(node);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.isOpen = false;
    return Promise.resolve();
  }

  read(ref: ObjectRef): Promise<SeenObject | null> {
    return Promise.resolve(this.world.objects.get(objectText(ref)) ?? null);
  }

  readEdits(object: SeenObject, edits: readonly PathEdit[]): EditReading {
    const values = edits.map(({ path }) => {
      const value = valueAt(object, path);
      return value === undefined ? {} : { value };
    });
    return { values, texts: {} };
  }

  writeEdits(object: SeenObject, edits: readonly EditWrite[]): Promise<SeenObject> {
    const copy = structuredClone(object) as unknown as Record<string, Json>;
    for (const { path, value } of edits) setAt(copy, path, value);
    return Promise.resolve(this.world.put(copy as unknown as SeenObject));
  }

  applyObject(manifest: JsonObject): Promise<SeenObject> {
    return Promise.resolve(this.world.put(manifest as SeenObject));
  }

  recreateObject(object: SeenObject): Promise<SeenObject> {
    return Promise.resolve(this.world.put(object));
  }

  removeObject(ref: ObjectRef): Promise<void> {
    this.world.objects.delete(objectText(ref));
    return Promise.resolve();
  }

  async restartToken(ref: ObjectRef): Promise<string | null> {
    const token = valueAt((await this.read(ref)) ?? undefined, ['restart']);
    return typeof token === 'string' ? token : null;
  }

  async setRestartToken(ref: ObjectRef, token: string | null): Promise<void> {
    const object = await this.read(ref);
    if (object === null) return;
    const { restart: _old, ...rest } = object;
    this.world.put({ ...rest, ...(token !== null && { restart: token }) });
  }

  askHosts<D extends AgentOrder['do']>(
    order: Extract<AgentOrder, { do: D }>,
  ): Promise<readonly NodeReport<D>[]> {
    const nodes = [...this.world.kernels.keys()].toSorted();
    return Promise.all(
      nodes.map(async (node) => ({ node, answer: await this.askHost(node, order) })),
    );
  }

  askHost<D extends AgentOrder['do']>(
    node: string,
    order: Extract<AgentOrder, { do: D }>,
  ): Promise<AgentAnswer<D>> {
    const isAway = this.world.proxies?.unreachable.has(node) ?? false;
    if (isAway || this.world.lost.has(node))
      return Promise.reject(new AgentLost(`No agent on ${node}.`));
    return Promise.resolve(this.#answer(node, order) as AgentAnswer<D>);
  }

  askPod<D extends AgentOrder['do']>(
    node: string,
    order: Extract<AgentOrder, { do: D }>,
  ): Promise<AgentAnswer<D>> {
    return this.askHost(node, order);
  }

  probeEnds() {
    const ends = [...this.world.kernels.keys()].map((node, at) => ({
      node,
      podAddress: `10.1.0.${at}`,
      serviceAddress: `10.2.0.${at}`,
      port: 10_711,
    }));
    return Promise.resolve({ ends, dnsAddress: '10.2.0.10' });
  }

  #answer(node: string, order: AgentOrder): unknown {
    const kernel = this.world.kernels.get(node) ?? new Map<string, string>();
    const { bootId } = this.world;
    const answer = this.world.proxies?.answer(node, order);
    if (answer !== undefined) return answer;
    switch (order.do) {
      case 'read-keys':
        return {
          bootId,
          readings: order.keys.map((key) => ({
            key,
            value: kernel.get(key) ?? null,
            writable: true,
          })),
        };
      case 'write-key': {
        const found = kernel.get(order.key) ?? '';
        const written = order.expect.includes(found);
        if (written && found !== order.value) {
          this.world.setKey(node, order.key, order.value);
          this.world.writes.push({ node, key: order.key, value: order.value });
        }
        return { bootId, found, written, now: written ? order.value : found };
      }
      case 'read-counters':
        return { bootId, counters: [{ name: 'TcpExt.ListenDrops', value: 3, kind: 'counter' }] };
      case 'probe':
        return {
          startedAt: '2026-01-01T00:00:00.000Z',
          attempts: Array.from({ length: order.probe.count }, (_, at) => ({
            dueMilliseconds: at * order.probe.intervalMilliseconds,
            milliseconds: 1 + at / 10,
          })),
        };
      default:
        return {};
    }
  }
}

function setAt(
  target: Record<string, Json>,
  path: readonly string[],
  value: Json | undefined,
): void {
  const last = path.at(-1);
  let here = target;
  for (const step of path.slice(0, -1)) {
    here[step] ??= {};
    here = here[step] as Record<string, Json>;
  }
  if (last === undefined) return;
  if (value === undefined) delete here[last];
  else here[last] = value;
}

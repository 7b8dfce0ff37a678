import { describe, expect, it } from 'vitest';
import type { AgentAnswer } from '../../agent-protocol.js';
import type { AwaitCondition } from '../../await-condition.js';
import type { Change } from '../../change.js';
import { awaitExecutor } from '../changes/wait-changes.js';
import type { ChangeContext } from '../changes/executor.js';
import { FakeCluster, FakeWorld } from '../testing/fake-cluster.js';
import { FakeClock } from '../testing/scenario.js';
import { undoOrder } from '../undo-order.js';
import { newPodsWithout } from './new-pod-mtu.js';

/** Pods keep the MTU that they were made with; `gives` is what new ones get. */
class PodNetwork extends FakeCluster {
  gives = 1350;
  readonly renewed: string[] = [];
  readonly #pods = new Map<string, number>();

  constructor(pods: Readonly<Record<string, number>>) {
    super(new FakeWorld());
    this.#pods = new Map(Object.entries(pods));
  }

  override askPod = (node: string) => {
    const mtuBytes = this.#pods.get(node) ?? this.gives;
    this.#pods.set(node, mtuBytes);
    const links = [{ name: 'eth0', mtuBytes, addresses: ['10.0.0.9'] }];
    return Promise.resolve({ links } as unknown as AgentAnswer<never>);
  };

  override renewPods = (nodes: readonly string[]) => {
    this.renewed.push(...nodes);
    for (const node of nodes) this.#pods.delete(node);
    return Promise.resolve();
  };
}

function contextOf(cluster: FakeCluster): ChangeContext {
  return { cluster, clock: new FakeClock(), jobId: 'j1', signal: AbortSignal.timeout(10_000) };
}

const condition = {
  type: 'new-pod-mtu' as const,
  mtuBytes: 1350,
  nodes: ['a', 'b'],
  follows: 'roll',
  undoneMtuBytes: 1450,
} satisfies AwaitCondition;
const change = {
  kind: 'await' as const,
  id: 'new-pods',
  tuner: 't',
  summary: '',
  condition,
  deadlineSeconds: 5,
} satisfies Change;

describe('new-pod-mtu', () => {
  it('is met where pods of every node have the MTU', async () => {
    const network = new PodNetwork({ a: 1350, b: 1350 });

    expect(await newPodsWithout(condition, contextOf(network))).toBeNull();
    expect(network.renewed).toEqual([]);
  });

  it('says which pods have another, and lets new ones take their places', async () => {
    const network = new PodNetwork({ a: 1450, b: 1350 });

    const missing = await newPodsWithout(condition, contextOf(network));

    expect(missing).toBe('New pods should have an MTU of 1350, but one on a has 1450.');
    expect(network.renewed).toEqual(['a']);
    expect(await newPodsWithout(condition, contextOf(network))).toBeNull();
  });

  it('waits after an undo until new pods have their former MTU', async () => {
    const network = new PodNetwork({ a: 1350, b: 1350 });
    network.gives = 1450;

    const undoing = awaitExecutor.undo(
      change,
      { kind: 'await' },
      { kind: 'await' },
      'stop',
      contextOf(network),
    );

    await expect(undoing).resolves.toBeUndefined();
    expect(network.renewed).toEqual(['a', 'b']);
  });

  it('fails an undo after which they do not', async () => {
    const undoing = awaitExecutor.undo(
      change,
      { kind: 'await' },
      { kind: 'await' },
      'stop',
      contextOf(new PodNetwork({})),
    );

    await expect(undoing).rejects.toThrow('should have an MTU of 1450');
  });

  it('is undone after what it follows, and before the workloads that follow the same edit', () => {
    const object = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'x' };
    const common = { tuner: 't', summary: '', deadlineSeconds: 1 };
    const restart = (id: string, activates: string[]): Change => ({
      ...common,
      kind: 'restart',
      id,
      object,
      activates,
    });
    const edit: Change = {
      kind: 'edit',
      id: 'field',
      tuner: 't',
      summary: '',
      object,
      edits: [{ path: ['a'], after: 1 }],
    };

    const order = undoOrder([edit, restart('roll', ['field']), change, restart('app', ['field'])]);

    expect(order.map(({ id }) => id)).toEqual(['field', 'roll', 'new-pods', 'app']);
  });
});

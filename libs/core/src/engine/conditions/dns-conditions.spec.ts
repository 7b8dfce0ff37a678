import { describe, expect, it } from 'vitest';
import type { AgentOrder } from '../../agent-protocol.js';
import type { AwaitCondition } from '../../await-condition.js';
import type { SeenObject } from '../../objects.js';
import type { ChangeContext } from '../changes/executor.js';
import { FakeCluster, FakeWorld } from '../testing/fake-cluster.js';
import { unmet } from './unmet.js';

const uid = '3f0c9a52-8a5e-4d5b-9a60-0f7f1f1f2a11';
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'api-0', namespace: 'shop', uid },
  spec: { nodeName: 'n1' },
  status: { phase: 'Running' },
} satisfies SeenObject;

/** A cluster of one pod whose agents answer what the test says. */
function contextWith(answer: (order: AgentOrder) => unknown, pods = [pod]): ChangeContext {
  const cluster = Object.assign(new FakeCluster(new FakeWorld()), {
    list: () => Promise.resolve(pods),
    askHost: (_node: string, order: AgentOrder) => Promise.resolve(answer(order)),
    askPod: (_node: string, order: AgentOrder) => Promise.resolve(answer(order)),
  }) as ChangeContext['cluster'];
  const clock = { now: () => new Date(0), sleep: () => Promise.resolve() };
  return { cluster, clock, jobId: 'job', signal: AbortSignal.timeout(5000) };
}

describe('pod-resolvers', () => {
  const condition = {
    type: 'pod-resolvers',
    namespace: 'shop',
    labelSelector: 'app=api',
    option: 'ndots:2',
  } as const;
  const having = (options: readonly string[]) =>
    contextWith(() => ({
      pods: [{ podUid: uid, resolver: { nameservers: [], searches: [], options }, libc: 'other' }],
    }));

  it('is met when every pod has the option', async () => {
    expect(await unmet(condition, having(['edns0', 'ndots:2']))).toBeNull();
  });

  it('names the pods that have another, or could not be read', async () => {
    const unread = contextWith(() => ({ pods: [] }));

    expect(await unmet(condition, having(['ndots:5']))).toContain('api-0 has ndots:5');
    expect(await unmet(condition, unread)).toContain('api-0 could not be read');
  });

  it('is not met by no pod at all', async () => {
    expect(
      await unmet(
        condition,
        contextWith(() => ({}), []),
      ),
    ).toContain('No pod of app=api');
  });
});

describe('dns-answers', () => {
  const condition: Extract<AwaitCondition, { type: 'dns-answers' }> = {
    type: 'dns-answers',
    server: '169.254.20.10',
    name: 'here.internal',
    nodes: ['n1', 'n2'],
  };

  it('is met when a pod of every node gets an answer', async () => {
    const asked: AgentOrder[] = [];
    const context = contextWith((order) => {
      asked.push(order);
      return { startedAt: '', attempts: [{ dueMilliseconds: 0, milliseconds: 1 }] };
    });

    expect(await unmet(condition, context)).toBeNull();
    expect(asked).toHaveLength(2);
    expect(asked[0]).toMatchObject({
      do: 'probe',
      probe: { type: 'dns', target: { address: '169.254.20.10', port: 53 }, name: 'here.internal' },
    });
  });

  it('says what came instead', async () => {
    const context = contextWith(() => ({
      startedAt: '',
      attempts: [{ dueMilliseconds: 0, error: 'NXDOMAIN' }],
    }));

    expect(await unmet(condition, context)).toContain('n1: NXDOMAIN, n2: NXDOMAIN');
  });
});

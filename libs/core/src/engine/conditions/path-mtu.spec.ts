import { describe, expect, it } from 'vitest';
import type { AgentOrder } from '../../agent-protocol.js';
import type { ClusterNode, NodeReport } from '../../tuner.js';
import { measurePaths } from '../../paths.js';
import { FakeCluster, FakeWorld } from '../testing/fake-cluster.js';
import { FakeClock } from '../testing/scenario.js';
import { pathsBelow } from './path-mtu.js';

const signal = AbortSignal.timeout(10_000);
const token = '0'.repeat(32);

interface Draft {
  readonly nodes?: readonly string[];
  /** By `from to`: bytes that pass, or null for nothing; 1500 otherwise. */
  readonly passes?: Readonly<Record<string, number | null>>;
  readonly problems?: Readonly<Record<string, string>>;
  readonly ipv6?: boolean;
}

/** Hosts that answer about paths; addresses are 10.0.0.N and fd00::N. */
class Hosts extends FakeCluster {
  readonly orders: AgentOrder[] = [];
  readonly #draft: Draft;
  readonly #names: readonly string[];

  constructor(draft: Draft) {
    super(new FakeWorld());
    this.#draft = draft;
    this.#names = draft.nodes ?? ['a', 'b'];
  }

  override nodes = () =>
    Promise.resolve(
      this.#names.map(
        (name) => ({ name, addresses: this.#addresses(name) }) as unknown as ClusterNode,
      ),
    );

  override askHosts = (<D extends AgentOrder['do']>(order: Extract<AgentOrder, { do: D }>) => {
    this.orders.push(order);
    return Promise.resolve(
      this.#names.map((node) => {
        const problem = this.#draft.problems?.[node];
        return problem === undefined
          ? { node, answer: this.#answerOf(node, order) }
          : { node, problem };
      }) as unknown as NodeReport<D>[],
    );
  }) as never;

  #addresses(name: string): string[] {
    const at = this.#names.indexOf(name) + 1;
    return [`10.0.0.${at}`, ...(this.#draft.ipv6 === true ? [`fd00::${at}`] : [])];
  }

  #answerOf(node: string, order: AgentOrder): unknown {
    const own = this.#addresses(node);
    if (order.do === 'path-listen') {
      const addresses = order.addresses.filter((address) => own.includes(address));
      return { targets: addresses.map((address) => ({ address, port: 10_712, token })) };
    }
    if (order.do !== 'path-mtu') throw new Error(`nobody asks ${order.do}`);
    const others = order.targets.filter(({ address }) => !own.includes(address));
    return { paths: others.map(({ address }) => this.#path(node, address, order.ceilingBytes)) };
  }

  #path(node: string, address: string, ceilingBytes: number) {
    const to = this.#names.find((name) => this.#addresses(name).includes(address)) ?? '';
    const limit = this.#draft.passes?.[`${node} ${to}`];
    const passesBytes = limit === null ? null : Math.min(limit ?? 1500, ceilingBytes);
    const stoppedBy = passesBytes === ceilingBytes ? 'ceiling' : 'too-big';
    return { address, from: '', link: 'eth0', linkMtuBytes: 1500, passesBytes, stoppedBy };
  }
}

function ask(cluster: FakeCluster, bytes: number, nodes = ['a', 'b'], family?: 'ipv4' | 'ipv6') {
  const context = { cluster, clock: new FakeClock(), jobId: 'j1', signal };
  const condition = {
    type: 'path-mtu',
    ends: 'hosts',
    bytes,
    nodes,
    ...(family && { family }),
  } as const;
  return pathsBelow(condition, context);
}

describe('path-mtu', () => {
  it('is met where packets of the size cross both ways, and asks for no larger ones', async () => {
    const hosts = new Hosts({});

    expect(await ask(hosts, 1400)).toBeNull();
    expect(hosts.orders.at(-1)).toMatchObject({ do: 'path-mtu', ceilingBytes: 1400 });
  });

  it('names the way that carries less', async () => {
    const missing = await ask(new Hosts({ passes: { 'b a': 1300 } }), 1400);

    expect(missing).toBe(
      'Packets of 1400 bytes should cross between hosts uncut, but from b to a (10.0.0.1) at most 1300 bytes pass (too-big).',
    );
  });

  it('is not met by what nobody measured', async () => {
    expect(await ask(new Hosts({ problems: { b: 'no agent' } }), 1400)).toContain('b (no agent)');
    expect(await ask(new Hosts({ passes: { 'a b': null } }), 1400)).toContain('nothing passes');
  });

  it('does not mind nodes that it is not asked for', async () => {
    const hosts = new Hosts({ nodes: ['a', 'b', 'c'], passes: { 'a c': 1000, 'c b': null } });

    expect(await ask(hosts, 1400)).toBeNull();
  });

  it('holds each family by itself where it is asked for one', async () => {
    const hosts = new Hosts({ ipv6: true });

    expect(await ask(hosts, 1500, ['a', 'b'], 'ipv6')).toBeNull();
    expect(await ask(new Hosts({}), 1500, ['a', 'b'], 'ipv6')).toContain('No path was measured');
  });

  it('is met by a node that is alone', async () => {
    expect(await ask(new Hosts({ nodes: ['a'] }), 1400, ['a'])).toBeNull();
  });
});

describe('measurePaths', () => {
  it('has every node send to 64 of them at most, spread evenly', async () => {
    const nodes = Array.from({ length: 128 }, (_, at) => `n${String(at).padStart(3, '0')}`);

    const { paths, targetNodes } = await measurePaths(new Hosts({ nodes }), 'hosts', 1500, signal);

    expect(targetNodes).toBe(64);
    expect(paths).toHaveLength(128 * 64 - 64);
    expect(new Set(paths.map(({ node }) => node)).size).toBe(128);
    expect(paths.slice(0, 3).map(({ to }) => to)).toEqual(['n002', 'n004', 'n006']);
  });

  it('tells why nothing is known of a node, once', async () => {
    const measured = await measurePaths(
      new Hosts({ problems: { a: 'lost' } }),
      'hosts',
      1500,
      signal,
    );

    expect(measured.problems).toEqual([{ node: 'a', problem: 'lost' }]);
  });
});

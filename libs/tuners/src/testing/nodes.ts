import fc from 'fast-check';
import type { WorldNode } from './world.js';

export interface NodeChoices {
  /** Values that a node may start with, by key. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly counters: readonly string[];
}

const gibibyte = 2 ** 30;

/** A Linux node that is ready and answers, unless said otherwise. */
export function aWorldNode(overrides: Partial<WorldNode> = {}): WorldNode {
  return {
    name: 'node-0',
    ready: true,
    os: 'linux',
    osImage: 'Debian GNU/Linux 12',
    kernel: '6.18.44',
    arch: 'amd64',
    kubeletVersion: 'v1.36.3',
    addresses: ['10.0.0.1'],
    labels: {},
    annotations: {},
    podCidrs: [],
    memoryBytes: 16 * gibibyte,
    cpus: 4,
    keys: new Map(),
    readOnly: new Set(),
    counters: {},
    problem: null,
    ...overrides,
  };
}

/** Nodes of every kind: without a key, with one that is read-only, gone, Windows, other systems. */
export function someNodes({ values, counters }: NodeChoices): fc.Arbitrary<WorldNode[]> {
  const keys = fc.record(
    Object.fromEntries(
      Object.entries(values).map(([key, choices]) => [
        key,
        fc.oneof(
          { weight: 40, arbitrary: fc.constantFrom(...choices) },
          { weight: 1, arbitrary: fc.constant(null) },
        ),
      ]),
    ),
  );
  const usually = <T>(value: T, ...others: T[]) =>
    fc.oneof(
      { weight: 12, arbitrary: fc.constant(value) },
      { weight: 1, arbitrary: fc.constantFrom(...others) },
    );
  const node = fc.record({
    ready: usually(true, false),
    os: usually<'linux' | 'windows'>('linux', 'windows'),
    osImage: usually('Debian GNU/Linux 12', 'Talos (v1.13.2)', 'Bottlerocket OS 1.30'),
    suffix: usually('', '+k3s1'),
    pool: fc.constantFrom('a', 'b'),
    cpus: fc.constantFrom(1, 2, 8, 96),
    memory: fc.constantFrom(2, 16, 256),
    problem: usually<string | null>(null, 'no agent started'),
    keys,
    readOnly: fc.oneof(
      { weight: 6, arbitrary: fc.constant([]) },
      {
        weight: 1,
        arbitrary: fc.subarray(Object.keys(values), {
          maxLength: Math.min(2, Object.keys(values).length),
        }),
      },
    ),
    counters: fc.record(
      Object.fromEntries(counters.map((name) => [name, fc.constantFrom(0, 0, 17)])),
    ),
  });
  return fc.array(node, { minLength: 1, maxLength: 4 }).map((drafts) =>
    drafts.map(({ suffix, pool, memory, keys: held, readOnly, ...draft }, at) => {
      const name = `node-${at}`;
      const labels = {
        'kubernetes.io/os': draft.os,
        'kubernetes.io/hostname': name,
        pool,
      };
      return {
        ...draft,
        name,
        labels,
        annotations: {},
        podCidrs: [],
        kernel: '6.18.44',
        arch: 'amd64',
        kubeletVersion: `v1.36.3${suffix}`,
        addresses: [`10.0.0.${at}`],
        memoryBytes: memory * gibibyte,
        keys: new Map(Object.entries(held)),
        readOnly: new Set(readOnly),
      };
    }),
  );
}

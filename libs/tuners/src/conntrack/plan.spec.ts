import type { Plan } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import type { ConntrackObservation } from './observe.js';
import { ConntrackObservation as Observation } from './observe.js';
import { planConntrack } from './plan.js';
import { ConntrackSettings } from './settings.js';
import { maxKey } from './timeouts.js';
import recorded from './testing/recorded-observation.json' with { type: 'json' };

/** As seen on a cluster with `maxPerCore: 0`, whose second node is a network namespace of the first. */
const observed: ConntrackObservation = Observation.parse(recorded);
const writable: ConntrackObservation = {
  ...observed,
  nodes: observed.nodes.map((node) => ({ ...node, readOnly: [] })),
};

function withProxy(seen: ConntrackObservation, change: object): ConntrackObservation {
  return Observation.parse({ ...seen, kubeProxy: { ...seen.kubeProxy, ...change } });
}
const deciding = withProxy(writable, { section: { maxPerCore: 32_768, min: 131_072 } });

function plan(settings: object, seen: ConntrackObservation = observed): Plan {
  return planConntrack(ConntrackSettings.parse(settings), seen);
}
const codes = (told: readonly { readonly code: string }[]) => told.map(({ code }) => code);
const kinds = ({ changes }: Plan) => changes.map(({ kind }) => kind);

describe('planConntrack where kube-proxy leaves the size alone', () => {
  it('writes the nodes and nothing else', () => {
    const sized = plan({ maxEntries: 524_288 }, writable);

    expect(sized.refusals).toEqual([]);
    expect(sized.changes).toMatchObject([
      {
        kind: 'node',
        key: maxKey,
        after: '524288',
        before: [{ node: 'node-1' }, { node: 'node-2' }],
      },
    ]);
    expect(sized.changes[0]).not.toHaveProperty('decidedBy');
    expect(codes(sized.warnings)).toContain('until-reboot');
  });

  it('names the node that has the key read-only before anything is written', () => {
    const { refusals, changes } = plan({ maxEntries: 524_288 });

    expect(refusals).toMatchObject([{ code: 'key-read-only', nodes: ['node-2'] }]);
    expect(changes).toEqual([]);
  });

  it('lowers a table only when that is allowed', () => {
    const kept = plan({ maxEntries: 131_072 }, writable);
    const lowered = plan({ maxEntries: 131_072, allowDecrease: true }, writable);

    expect([kinds(kept), codes(kept.warnings)]).toEqual([[], ['raise-only']]);
    expect(lowered.changes).toMatchObject([{ after: '131072' }]);
  });
});

describe('planConntrack where kube-proxy decides the size', () => {
  it('writes the nodes, edits its configuration, rolls it, and looks again, in this order', () => {
    const sized = plan({ maxEntries: 524_288 }, deciding);

    expect(sized.refusals).toEqual([]);
    expect(kinds(sized)).toEqual(['node', 'edit', 'restart', 'await']);
    expect(sized.changes).toMatchObject([
      { key: maxKey, after: '524288', decidedBy: 'conntrack/restart-kube-proxy' },
      {
        edits: [
          {
            document: { path: ['data', 'config.conf'], format: 'yaml' },
            path: ['conntrack', 'maxPerCore'],
            before: 32_768,
            after: 1,
          },
          { path: ['conntrack', 'min'], before: 131_072, after: 524_288 },
        ],
      },
      { id: 'conntrack/restart-kube-proxy', activates: ['conntrack/kube-proxy-config'] },
      {
        condition: {
          type: 'node-values',
          key: maxKey,
          value: '524288',
          nodes: ['node-1', 'node-2'],
        },
      },
    ]);
    expect(sized.blastRadius).toMatchObject({
      podsRestarted: 2,
      workloadsRestarted: ['DaemonSet kube-system/kube-proxy'],
    });
  });

  it('edits nothing when its arithmetic gives the asked size anyway', () => {
    // 131072 per core on two cores.
    const seen = withProxy(writable, { section: { maxPerCore: 131_072 } });

    expect(plan({ maxEntries: 262_144 }, seen).changes).toEqual([]);
  });

  it('refuses where a node could not be written and kube-proxy would not start', () => {
    const seen = withProxy(observed, { section: { maxPerCore: 32_768, min: 131_072 } });

    const { refusals } = plan({ maxEntries: 524_288 }, seen);

    expect(codes(refusals)).toContain('kube-proxy-would-fail');
  });

  it('refuses to lower a node that has more', () => {
    const { refusals } = plan({ maxEntries: 196_608 }, deciding);

    expect(refusals).toMatchObject([{ code: 'decrease-not-allowed', nodes: ['node-1', 'node-2'] }]);
  });

  it('refuses to change it for some of its nodes', () => {
    const nodes = { matchLabels: { 'kubernetes.io/hostname': 'node-1' } };

    expect(plan({ maxEntries: 524_288, nodes }, deciding).refusals).toMatchObject([
      { code: 'cluster-wide-owner', nodes: ['node-2'] },
    ]);
  });

  it.each([
    [
      'the ConfigMap',
      {
        config: {
          ...(deciding.kubeProxy.kind === 'daemon-set' ? deciding.kubeProxy.config : {}),
          owner: { name: 'Flux Kustomization infra', advice: 'Change it in Git.' },
        },
      },
    ],
    [
      'the DaemonSet',
      { owner: { name: 'the EKS add-on', advice: 'Change it through the add-on.' } },
    ],
    ['flags', { config: null }],
  ])('refuses what somebody else keeps in %s, with the change as a patch', (_what, change) => {
    const { refusals } = plan({ maxEntries: 524_288 }, withProxy(deciding, change));

    expect(refusals).toMatchObject([
      { code: 'parameter-owned', patch: 'conntrack:\n  maxPerCore: 1\n  min: 524288' },
    ]);
  });

  it('raises the buckets itself where kube-proxy would, so that there is an original to go back to', () => {
    const { changes } = plan({ maxEntries: 2_097_152 }, deciding);

    expect(changes[0]).toMatchObject({
      key: 'net.netfilter.nf_conntrack_buckets',
      before: [{ value: '262144' }, { value: '262144' }],
      after: '524288',
    });
  });

  it('refuses fewer buckets than kube-proxy insists on', () => {
    const { refusals } = plan({ maxEntries: 2_097_152, buckets: 262_144 }, deciding);

    expect(codes(refusals)).toEqual(['buckets-too-few']);
  });

  it('takes along what the restart would change behind the back of the plan', () => {
    const seen = {
      ...deciding,
      nodes: deciding.nodes.map((node) => ({
        ...node,
        values: { ...node.values, 'net.netfilter.nf_conntrack_tcp_timeout_close_wait': '60' },
      })),
    };

    const { changes, warnings } = plan({ maxEntries: 524_288 }, seen);

    expect(changes).toContainEqual(
      expect.objectContaining({
        kind: 'node',
        key: 'net.netfilter.nf_conntrack_tcp_timeout_close_wait',
        after: '3600',
        decidedBy: 'conntrack/restart-kube-proxy',
      }),
    );
    expect(codes(warnings)).toContain('restart-resets');
  });
});

describe('planConntrack on timeouts', () => {
  it('edits kube-proxy where null stands for its default', () => {
    const { changes } = plan({ timeoutSeconds: { tcpEstablished: 43_200 } });

    expect(changes).toMatchObject([
      { kind: 'node', after: '43200', decidedBy: 'conntrack/restart-kube-proxy' },
      { edits: [{ path: ['conntrack', 'tcpEstablishedTimeout'], before: null, after: '12h0m0s' }] },
      { kind: 'restart' },
      { kind: 'await', condition: { value: '43200', nodes: ['node-1', 'node-2'] } },
    ]);
  });

  it.each([
    ['tcpTimeWait', 60],
    ['udp', 20],
  ])('writes %s on the nodes alone, since kube-proxy leaves it alone', (name, seconds) => {
    expect(kinds(plan({ timeoutSeconds: { [name]: seconds } }))).toEqual(['node']);
  });

  it('says that silent connections are cut by a shorter timeout', () => {
    const { blastRadius, warnings } = plan({ timeoutSeconds: { tcpEstablished: 600 } });

    expect(blastRadius.connections).toBe('some-cut');
    expect(codes(warnings)).toContain('below-keepalive');
  });
});

describe('planConntrack on evidence and cost', () => {
  const using = (use: object): ConntrackObservation => ({
    ...writable,
    use: writable.use.map((row) => ({ ...row, ...use })),
  });

  it.each([
    [{ drop: 12 }, 'table-was-full'],
    [{ earlyDrop: 3 }, 'table-was-full'],
    [{ count: 200_000 }, 'table-nearly-full'],
    [{}, 'not-exhausted'],
    [{ insertFailed: 9 }, 'insert-failed'],
  ])('tells from %j that the table is in the state %s', (use, code) => {
    expect(codes(plan({ maxEntries: 524_288 }, using(use)).warnings)).toContain(code);
  });

  it('does not take lost races for a full table', () => {
    const told = codes(plan({ maxEntries: 524_288 }, using({ insertFailed: 9 })).warnings);

    expect(told).toContain('not-exhausted');
    expect(told).not.toContain('table-was-full');
  });

  it.each([
    [16 * 2 ** 30, 524_288, []],
    [8 * 2 ** 30, 1_048_576, ['table-large']],
    [4 * 2 ** 30, 1_048_576, ['table-too-large']],
  ])('weighs a full table against %d bytes of memory', (memoryBytes, maxEntries, expected) => {
    const nodes = writable.nodes.map((node) => ({ ...node, memoryBytes }));

    const { warnings, refusals } = plan({ maxEntries }, { ...writable, nodes });

    const told = [...codes(warnings), ...codes(refusals)].filter((code) =>
      /^table-(large|too)/.test(code),
    );
    expect(told).toEqual(expected);
  });

  it('refuses a table smaller than what it holds', () => {
    const settings = { maxEntries: 131_072, allowDecrease: true };

    expect(codes(plan(settings, using({ count: 150_000 })).refusals)).toEqual([
      'below-current-use',
    ]);
  });
});

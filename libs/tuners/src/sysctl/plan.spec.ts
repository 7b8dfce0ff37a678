import type { Plan } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import type { SysctlObservation } from './observe.js';
import { SysctlObservation as Observation } from './observe.js';
import { planSysctl } from './plan.js';
import { SysctlSettings } from './settings.js';
import recorded from './testing/recorded-observation.json' with { type: 'json' };

/**
 * As seen on a cluster whose second node is a network namespace of the first: `rmem_max` is read-only
 * there and `netdev_max_backlog` absent.
 */
const observed: SysctlObservation = Observation.parse(recorded);

function withNode(
  name: string,
  change: (node: SysctlObservation['nodes'][number]) => Partial<SysctlObservation['nodes'][number]>,
): SysctlObservation {
  return {
    ...observed,
    nodes: observed.nodes.map((node) => (node.name === name ? { ...node, ...change(node) } : node)),
  };
}

function plan(settings: object, seen: SysctlObservation = observed): Plan {
  return planSysctl(SysctlSettings.parse(settings), seen);
}
const codes = (told: readonly { readonly code: string }[]) => told.map(({ code }) => code);
const written = ({ changes }: Plan) =>
  changes.flatMap((change) =>
    change.kind === 'node' ? [[change.key, change.before, change.after] as const] : [],
  );

describe('planSysctl on hosts', () => {
  it('writes a key on every node that has less', () => {
    const { changes, refusals, blastRadius } = plan({
      host: { 'net.core.somaxconn': { value: 8192 } },
    });

    expect(refusals).toEqual([]);
    expect(changes).toEqual([
      {
        kind: 'node',
        tuner: 'sysctl',
        id: 'sysctl/net.core.somaxconn',
        summary: 'Set net.core.somaxconn to 8192 on node-1 and node-2.',
        key: 'net.core.somaxconn',
        before: [
          { node: 'node-1', value: '4096' },
          { node: 'node-2', value: '4096' },
        ],
        after: '8192',
      },
    ]);
    expect(blastRadius).toMatchObject({
      nodesWritten: ['node-1', 'node-2'],
      survivesReboot: false,
    });
  });

  it('plans nothing where every node already has the value', () => {
    const { changes, warnings } = plan({ host: { 'net.core.somaxconn': { value: 4096 } } });

    expect([changes, warnings]).toEqual([[], []]);
  });

  it('leaves a node alone that has more, and says so', () => {
    const seen = withNode('node-2', ({ values }) => ({
      values: { ...values, 'net.core.somaxconn': '65535' },
    }));

    const raised = plan({ host: { 'net.core.somaxconn': { value: 8192 } } }, seen);

    expect(written(raised)).toEqual([
      ['net.core.somaxconn', [{ node: 'node-1', value: '4096' }], '8192'],
    ]);
    expect(raised.warnings.find(({ code }) => code === 'raise-only')?.nodes).toEqual(['node-2']);
  });

  it('lowers it when that is allowed, and never when at least a value was asked for', () => {
    const seen = withNode('node-2', ({ values }) => ({
      values: { ...values, 'net.core.somaxconn': '65535' },
    }));
    const asking = (asked: object) =>
      written(plan({ host: { 'net.core.somaxconn': asked }, allowDecrease: true }, seen)).flatMap(
        ([, before]) => before,
      );

    expect(asking({ value: 4096 })).toEqual([{ node: 'node-2', value: '65535' }]);
    expect(asking({ atLeast: 4096 })).toEqual([]);
  });

  it('raises each field of a triple by itself', () => {
    const { changes } = plan({
      host: { 'net.ipv4.tcp_rmem': { value: [4096, 262_144, 16_777_216] } },
    });

    // The largest is 32 MiB on these nodes already.
    expect(changes).toMatchObject([{ after: '4096 262144 33554432' }]);
  });

  it.each([
    ['net.core.rmem_max', 16_777_216, 'key-read-only'],
    ['net.core.netdev_max_backlog', 16_384, 'key-absent'],
  ])(
    'refuses %s before anything is written, naming the node that does not take it',
    (key, value, code) => {
      const { changes, refusals } = plan({
        host: { [key]: { value }, 'net.core.somaxconn': { value: 8192 } },
      });

      expect(changes).toEqual([]);
      expect(refusals).toMatchObject([{ code, nodes: ['node-2'] }]);
    },
  );

  it('goes on without such nodes when asked to, and names them', () => {
    const skipping = plan({
      host: { 'net.core.rmem_max': { value: 16_777_216 } },
      unsupportedNodes: 'skip',
    });

    expect(written(skipping)).toEqual([
      ['net.core.rmem_max', [{ node: 'node-1', value: '4194304' }], '16777216'],
    ]);
    expect(skipping.warnings.find(({ code }) => code === 'key-read-only')?.nodes).toEqual([
      'node-2',
    ]);
  });

  it.each([
    ['runs Windows', { os: 'windows' as const }],
    ['is not Ready', { ready: false }],
    ['did not answer (no agent)', { problem: 'no agent' }],
  ])('never passes over a node in silence that %s', (why, change) => {
    const seen = withNode('node-2', () => change);
    const settings = { host: { 'net.core.somaxconn': { value: 8192 } } };

    const refused = plan(settings, seen);
    const skipping = plan({ ...settings, unsupportedNodes: 'skip' }, seen);

    expect(refused.refusals).toMatchObject([{ code: 'node-unreachable', nodes: ['node-2'] }]);
    expect(refused.refusals[0]?.message).toContain(why);
    expect(skipping.warnings).toMatchObject([{ code: 'node-unreachable' }, {}, {}]);
  });

  it('writes the chosen nodes only', () => {
    const labels = { 'kubernetes.io/hostname': 'node-2' };

    const chosen = plan({
      host: { 'net.core.somaxconn': { value: 8192 } },
      nodes: { matchLabels: labels },
    });
    const none = plan({
      host: { 'net.core.somaxconn': { value: 8192 } },
      nodes: { matchLabels: { a: 'b' } },
    });

    expect(chosen.blastRadius.nodesWritten).toEqual(['node-2']);
    expect(codes(none.refusals)).toEqual(['no-nodes']);
  });

  it.each([
    ['net.core.somaxconn', 8192, 'until-now'],
    ['net.ipv4.tcp_rmem', [4096, 262_144, 67_108_864], 'start from now on'],
    ['net.ipv4.tcp_keepalive_time', 600, 'allowed by kubelets since 1.29'],
  ])('tells how far %s on a host reaches', (key, value, words) => {
    const reach = plan({ host: { [key]: { value } } }).warnings.find(
      ({ code }) => code === 'limited-reach',
    );

    expect(reach?.message).toContain(words === 'until-now' ? 'hostNetwork pods only' : words);
  });

  it('says nothing of reach for a key that exists once per machine', () => {
    const settings = {
      host: { 'net.core.rmem_max': { value: 16_777_216 } },
      unsupportedNodes: 'skip',
    };

    expect(codes(plan(settings).warnings)).not.toContain('limited-reach');
  });

  it('refuses an algorithm that a kernel does not offer', () => {
    const { refusals } = plan({ host: { 'net.ipv4.tcp_congestion_control': { value: 'dctcp' } } });

    expect(refusals).toMatchObject([{ code: 'value-unavailable', nodes: ['node-1', 'node-2'] }]);
  });

  it('refuses a key that a DaemonSet writes, and names it', () => {
    const writers = [
      {
        name: 'DaemonSet kube-system/sysctl-tuner, container sysctl',
        keys: ['net.core.somaxconn'],
        advice: 'Change it there.',
      },
    ];

    const { refusals } = plan(
      { host: { 'net.core.somaxconn': { value: 8192 } } },
      { ...observed, writers },
    );

    expect(refusals).toMatchObject([
      { code: 'parameter-owned', patch: 'net.core.somaxconn = 8192' },
    ]);
    expect(refusals[0]?.message).toContain('sysctl-tuner');
  });

  it('gives Talos the change in its own words', () => {
    const seen = withNode('node-2', () => ({ osImage: 'Talos (v1.13.2)' }));

    const { refusals } = plan({ host: { 'net.core.somaxconn': { value: 8192 } } }, seen);

    expect(refusals).toMatchObject([
      {
        code: 'parameter-owned',
        nodes: ['node-2'],
        patch: 'machine:\n  sysctls:\n    net.core.somaxconn: "8192"',
      },
    ]);
  });
});

describe('planSysctl on port ranges', () => {
  const low = { 'net.ipv4.ip_local_port_range': { value: [1024, 65_535] } };

  it('refuses a range that meets Kubernetes’ own ports, and says which to reserve', () => {
    const { refusals } = plan({ host: low });

    expect(codes(refusals)).toEqual(['port-range-unreserved']);
    expect(refusals[0]?.message).toContain('2379-2381,6443,10248-10259,30000-32767');
  });

  it('lets it pass once they are reserved, and reserves them first', () => {
    const reserved = { value: '30000-32767,2379-2381,6443,10248-10259' };

    const { changes, refusals, warnings } = plan({
      host: { ...low, 'net.ipv4.ip_local_reserved_ports': reserved },
    });

    expect(refusals).toEqual([]);
    expect(changes).toMatchObject([
      { key: 'net.ipv4.ip_local_reserved_ports', after: '2379-2381,6443,10248-10259,30000-32767' },
      { key: 'net.ipv4.ip_local_port_range', after: '1024 65535' },
    ]);
    expect(codes(warnings)).toContain('port-range-low');
  });

  it('widens upwards without asking for anything', () => {
    const { refusals, changes } = plan({
      host: { 'net.ipv4.ip_local_port_range': { value: [32_768, 65_535] } },
    });

    expect([refusals, changes]).toMatchObject([[], [{ after: '32768 65535' }]]);
  });
});

describe('planSysctl with persist', () => {
  const settings = {
    host: { 'net.core.somaxconn': { value: 8192 }, 'net.core.rmem_max': { value: 16_777_216 } },
    persist: 'daemonset',
    unsupportedNodes: 'skip',
  };

  it('adds a DaemonSet without privilege, and leaves out the node that would refuse a key', () => {
    const { changes, warnings } = plan(settings);

    const create = changes.find((change) => change.kind === 'create');
    const manifest = JSON.stringify(create?.manifest);
    expect(manifest).toContain(
      '"args":["persist","net.core.rmem_max=16777216","net.core.somaxconn=8192"]',
    );
    expect(manifest).toContain('{"key":"metadata.name","operator":"NotIn","values":["node-2"]}');
    expect(manifest).not.toContain('"privileged":true');
    expect(manifest).not.toContain('hostPID');
    expect(changes.at(-1)).toMatchObject({ kind: 'await', condition: { type: 'rolled-out' } });
    expect(warnings.find(({ code }) => code === 'not-persisted-on')?.nodes).toEqual(['node-2']);
  });

  it('keeps the keys of an earlier job, and says so', () => {
    const persisted = [
      {
        name: 'fairlead-sysctl',
        assignments: ['net.ipv4.tcp_fin_timeout=30'],
        matchLabels: {},
        excludedNodes: [],
        contentHash: 'other',
        image: 'fairlead-agent:0.1.0',
      },
    ];

    const { changes, warnings } = plan(
      { ...settings, host: { 'net.core.somaxconn': { value: 8192 } } },
      { ...observed, persisted },
    );

    expect(JSON.stringify(changes)).toContain(
      '"persist","net.core.somaxconn=8192","net.ipv4.tcp_fin_timeout=30"',
    );
    expect(codes(warnings)).toContain('persisted-earlier');
  });

  it('refuses a passing value for a key that our own DaemonSet keeps otherwise', () => {
    const persisted = [
      {
        name: 'fairlead-sysctl',
        assignments: ['net.core.somaxconn=16384'],
        matchLabels: {},
        excludedNodes: [],
        contentHash: 'x',
        image: 'fairlead-agent:0.1.0',
      },
    ];

    const { refusals } = plan(
      { host: { 'net.core.somaxconn': { value: 8192 } } },
      { ...observed, persisted },
    );

    expect(codes(refusals)).toEqual(['persisted-otherwise']);
  });

  it('refuses a name that somebody else’s DaemonSet has', () => {
    const { refusals } = plan(settings, { ...observed, takenNames: ['fairlead-sysctl'] });

    expect(codes(refusals)).toEqual(['name-taken']);
  });
});

describe('planSysctl in pods', () => {
  const api = {
    object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'api' },
    owner: null,
    hostNetwork: false,
    updateStrategy: 'RollingUpdate',
    paused: false,
    pods: 3,
    labelSelector: 'app=api',
    sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }],
  };
  const asking = (sysctls: object, workload: object = {}) =>
    plan(
      { pods: [{ namespace: 'shop', kind: 'Deployment', name: 'api', sysctls }] },
      { ...observed, workloads: [{ ...api, ...workload }] },
    );
  const keepalive = { 'net.ipv4.tcp_keepalive_time': 600 };

  it('adds to the template, waits for the roll, and reads the value inside the pods', () => {
    const { changes, blastRadius } = asking(keepalive);

    expect(changes).toMatchObject([
      {
        kind: 'edit',
        edits: [
          {
            path: ['spec', 'template', 'spec', 'securityContext', 'sysctls'],
            before: [{ name: 'kernel.shm_rmid_forced', value: '1' }],
            after: [
              { name: 'kernel.shm_rmid_forced', value: '1' },
              { name: 'net.ipv4.tcp_keepalive_time', value: '600' },
            ],
          },
        ],
      },
      { kind: 'await', condition: { type: 'rolled-out' } },
      { kind: 'await', condition: { type: 'pod-values', labelSelector: 'app=api', value: '600' } },
    ]);
    expect(blastRadius).toMatchObject({
      podsRestarted: 3,
      connections: 'some-cut',
      survivesReboot: true,
    });
  });

  it.each([
    ['a key that kubelets reject', { 'net.core.somaxconn': 8192 }, {}, 'unsafe-pod-sysctl'],
    [
      'a key that is safe only since 1.37',
      { 'net.ipv4.tcp_slow_start_after_idle': 0 },
      {},
      'unsafe-pod-sysctl',
    ],
    ['pods in the host’s network', keepalive, { hostNetwork: true }, 'pod-host-network'],
    [
      'a workload that Helm keeps',
      keepalive,
      { owner: { name: 'Helm release api', advice: 'Change it there.' } },
      'parameter-owned',
    ],
    ['a workload whose rollout is paused', keepalive, { paused: true }, 'workload-will-not-roll'],
  ])('refuses %s', (_what, sysctls, workload, code) => {
    expect(codes(asking(sysctls, workload).refusals)).toEqual([code]);
  });

  it('refuses a workload that was not looked at', () => {
    const pods = [{ namespace: 'shop', kind: 'Deployment', name: 'web', sysctls: keepalive }];

    expect(codes(plan({ pods }).refusals)).toEqual(['workload-not-observed']);
  });
});

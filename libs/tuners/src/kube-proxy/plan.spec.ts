import type { Plan } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { KubeProxyObservation } from './observe.js';
import { planKubeProxy } from './plan.js';
import type { ProxyNode } from './seen-proxy.js';
import { KubeProxySettings } from './settings.js';
import recorded from './testing/recorded-observation.json' with { type: 'json' };

/** As seen on a cluster of two nodes in iptables mode, 1.36.3; neither kernel has ip_vs. */
const observed = KubeProxyObservation.parse(recorded);

function plan(settings: object, seen: KubeProxyObservation = observed): Plan {
  return planKubeProxy(KubeProxySettings.parse(settings), seen);
}
const codes = (told: readonly { readonly code: string }[]) => told.map(({ code }) => code);

function withConfiguration(
  change: object,
  more: object = {},
  seen: KubeProxyObservation = observed,
): KubeProxyObservation {
  const { kubeProxy } = seen;
  if (kubeProxy.kind !== 'daemon-set') throw new Error('recorded with a DaemonSet');
  const configuration = { ...kubeProxy.configuration, ...change };
  return KubeProxyObservation.parse({
    ...seen,
    kubeProxy: { ...kubeProxy, ...more, configuration },
  });
}

function withNodes(
  change: (node: ProxyNode, at: number) => Partial<ProxyNode>,
  seen: KubeProxyObservation = observed,
): KubeProxyObservation {
  return { ...seen, nodes: seen.nodes.map((node, at) => ({ ...node, ...change(node, at) })) };
}

/** Every node in a mode, able to run all, with so many connections. */
function inMode(mode: 'iptables' | 'nftables' | 'ipvs', established = 3): KubeProxyObservation {
  const able = withNodes((node) => ({
    proxy: { mode, healthy: true, sync: null },
    support: node.support && {
      ...node.support,
      ipvs: { usable: true, schedulers: ['lc', 'rr', 'sh', 'wrr'], why: 'The kernel has IPVS.' },
      connections: { established },
    },
  }));
  return withConfiguration({ mode }, {}, able);
}

describe('planKubeProxy from iptables to nftables', () => {
  it('edits the mode and restarts one node after the other, with the health of both sides', () => {
    const { refusals, changes, blastRadius } = plan({ mode: 'nftables', secondsPerNode: 120 });

    expect(refusals).toEqual([]);
    expect(changes).toMatchObject([
      {
        kind: 'edit',
        id: 'kube-proxy/config',
        edits: [
          {
            document: { path: ['data', 'config.conf'], format: 'yaml' },
            path: ['mode'],
            before: 'iptables',
            after: 'nftables',
          },
        ],
      },
      {
        kind: 'restart',
        activates: ['kube-proxy/config'],
        nodeByNode: {
          nodes: ['node-1', 'node-2'],
          secondsPerNode: 120,
          health: {
            proxyMode: 'nftables',
            rulesGoneOf: 'iptables',
            connect: { address: '10.96.0.1', port: 443 },
          },
          healthBefore: { proxyMode: 'iptables', rulesGoneOf: 'nftables' },
        },
      },
    ]);
    expect(blastRadius).toMatchObject({
      connections: 'new-delayed',
      podsRestarted: 2,
      nodesRolled: ['node-1', 'node-2'],
    });
  });

  it('does nothing when every node runs so and the configuration says so', () => {
    expect(plan({ mode: 'nftables' }, inMode('nftables'))).toMatchObject({
      changes: [],
      refusals: [],
      warnings: [],
    });
  });

  it('says that few Services make no difference', () => {
    expect(codes(plan({ mode: 'nftables' }).warnings)).toContain('few-services');
    const many = { ...observed, services: 12_000 };
    expect(codes(plan({ mode: 'nftables' }, many).warnings)).not.toContain('few-services');
  });

  it('puts canaries first and control-plane nodes last', () => {
    const labels = [{ 'node-role.kubernetes.io/control-plane': '' }, { pool: 'canary' }, {}];
    const third = { ...observed.nodes[0], name: 'node-0' } as ProxyNode;
    const seen = withNodes((node, at) => ({ labels: { ...node.labels, ...labels[at] } }), {
      ...observed,
      nodes: [...observed.nodes, third],
    });

    const order = (settings: object) =>
      plan({ mode: 'nftables', ...settings }, seen).changes.flatMap((change) =>
        change.kind === 'restart' ? (change.nodeByNode?.nodes ?? []) : [],
      );

    expect(order({})).toEqual(['node-0', 'node-2', 'node-1']);
    expect(order({ canaries: { matchLabels: { pool: 'canary' } } })).toEqual([
      'node-2',
      'node-0',
      'node-1',
    ]);
  });

  it('names the nodes whose kernel is too old, before anything is written', () => {
    const seen = withNodes((_node, at) => (at === 1 ? { kernel: '4.18.0-553.el8.x86_64' } : {}));

    expect(plan({ mode: 'nftables' }, seen)).toMatchObject({
      changes: [],
      refusals: [{ code: 'kernel-too-old', nodes: ['node-2'] }],
    });
  });

  it('refuses where NodePorts on 127.0.0.1 are used, until that is acknowledged', () => {
    const seen = withNodes((node) => ({
      support: node.support && { ...node.support, localhostNodePorts: 41 },
    }));
    const acknowledged = { mode: 'nftables', acknowledge: ['localhost-node-ports'] };

    expect(codes(plan({ mode: 'nftables' }, seen).refusals)).toEqual(['localhost-node-ports']);
    expect(plan(acknowledged, seen).refusals).toEqual([]);
    expect(codes(plan(acknowledged, seen).warnings)).toContain('localhost-node-ports');
  });

  it('tells of node ports that would answer on fewer addresses', () => {
    const seen = { ...observed, nodePortServices: 4 };
    const ranges = ['0.0.0.0/0', '::/0'];

    expect(codes(plan({ mode: 'nftables' }, seen).warnings)).toContain('node-port-addresses');
    const kept = plan({ mode: 'nftables', nodePortAddresses: ranges }, seen);
    expect(codes(kept.warnings)).not.toContain('node-port-addresses');
    expect(kept.changes[0]).toMatchObject({
      edits: [{ path: ['mode'] }, { path: ['nodePortAddresses'], after: ranges }],
    });
  });

  it('refuses while a node is away: the configuration is one for all', () => {
    const seen = withNodes((_node, at) => (at === 0 ? { ready: false, proxy: null } : {}));

    expect(plan({ mode: 'nftables' }, seen).refusals).toMatchObject([
      { code: 'node-unreachable', nodes: ['node-1'] },
    ]);
  });

  it('refuses when an edit of before is not in force yet', () => {
    const seen = withConfiguration({ mode: 'nftables' });

    expect(codes(plan({ mode: 'iptables' }, seen).refusals)).toEqual(['config-not-in-force']);
  });

  it('writes a default down without a restart', () => {
    const { changes, blastRadius } = plan({ mode: 'iptables' }, withConfiguration({ mode: '' }));

    expect(changes).toMatchObject([
      { kind: 'edit', edits: [{ path: ['mode'], before: '', after: 'iptables' }] },
    ]);
    expect(blastRadius).toMatchObject({ connections: 'none-cut', podsRestarted: 0 });
  });
});

describe('planKubeProxy to and from ipvs', () => {
  it('names what each kernel lacks, before anything is written', () => {
    const { changes, refusals } = plan({ mode: 'ipvs' });

    expect(changes).toEqual([]);
    expect(refusals).toMatchObject([{ code: 'mode-unsupported', nodes: ['node-1', 'node-2'] }]);
    expect(refusals[0]?.message).toContain('ip_vs');
  });

  it('goes through nftables, since no other start cleans up behind iptables or ipvs', () => {
    const { changes } = plan({ mode: 'ipvs', ipvs: { scheduler: 'lc' } }, inMode('iptables'));

    expect(changes).toMatchObject([
      { id: 'kube-proxy/config-nftables', edits: [{ before: 'iptables', after: 'nftables' }] },
      {
        id: 'kube-proxy/restart-nftables',
        activates: ['kube-proxy/config-nftables'],
        nodeByNode: { health: { proxyMode: 'nftables', rulesGoneOf: 'iptables' } },
      },
      {
        id: 'kube-proxy/config',
        edits: [
          { path: ['mode'], before: 'nftables', after: 'ipvs' },
          { path: ['ipvs', 'scheduler'], after: 'lc' },
        ],
      },
      {
        id: 'kube-proxy/restart',
        nodeByNode: {
          health: { proxyMode: 'ipvs', rulesGoneOf: 'nftables' },
          healthBefore: { proxyMode: 'nftables', rulesGoneOf: 'ipvs' },
        },
      },
    ]);
  });

  it('goes past a clean-up where a node cannot run nftables, or Calico would follow it', () => {
    const able = inMode('iptables');
    const noNft = withNodes(
      (node) => ({
        support: node.support && { ...node.support, nft: { usable: false, why: 'No nf_tables.' } },
      }),
      able,
    );
    const calico = { ...able, cni: { ...able.cni, name: 'calico', version: '3.28.0' } as const };

    for (const seen of [noNft, calico]) {
      expect(plan({ mode: 'ipvs' }, seen).changes).toMatchObject([
        { kind: 'edit', edits: [{ before: 'iptables', after: 'ipvs' }] },
        {
          id: 'kube-proxy/restart',
          nodeByNode: {
            cleanUp: true,
            health: { proxyMode: 'ipvs', rulesGoneOf: 'iptables' },
            healthBefore: { proxyMode: 'iptables', rulesGoneOf: 'ipvs' },
          },
        },
      ]);
    }
  });

  it('counts the connections that it could cut, and warns of the end of ipvs', () => {
    const { warnings, blastRadius } = plan({ mode: 'ipvs' }, inMode('iptables', 21));

    expect(codes(warnings)).toEqual(expect.arrayContaining(['mode-deprecated', 'connections-cut']));
    expect(blastRadius).toMatchObject({ connections: 'some-cut', connectionsCut: 42 });
  });

  it('leaves ipvs for nftables in one step, and to iptables in two', () => {
    const restarts = (mode: string) =>
      plan({ mode }, inMode('ipvs')).changes.filter(({ kind }) => kind === 'restart').length;

    expect([restarts('nftables'), restarts('iptables')]).toEqual([1, 2]);
  });

  it('asks for a scheduler that every node has', () => {
    const { refusals } = plan({ mode: 'ipvs', ipvs: { scheduler: 'mh' } }, inMode('iptables'));

    expect(refusals).toMatchObject([{ code: 'scheduler-missing', nodes: ['node-1', 'node-2'] }]);
  });

  it.each([
    ['1.36.3', []],
    ['1.40.0', ['mode-gated']],
    ['1.43.0', ['mode-removed']],
  ])('with kube-proxy %s refuses ipvs for %s', (version, expected) => {
    const seen = withConfiguration({}, { version }, inMode('nftables'));

    expect(codes(plan({ mode: 'ipvs' }, seen).refusals)).toEqual(expected);
  });

  it('refuses where the version would not go back', () => {
    const seen = withConfiguration({}, { version: '1.43.0' }, inMode('ipvs'));

    expect(codes(plan({ mode: 'nftables' }, seen).refusals)).toEqual(['no-way-back']);
  });
});

describe('planKubeProxy within a mode', () => {
  it('edits the fields and restarts, without a word about rules of another mode', () => {
    const { changes, blastRadius } = plan({ iptables: { minSyncPeriodSeconds: 5 } });

    expect(changes).toMatchObject([
      { kind: 'edit', edits: [{ path: ['iptables', 'minSyncPeriod'], after: '5s' }] },
      { kind: 'restart', nodeByNode: { health: { proxyMode: 'iptables', rulesGoneOf: null } } },
    ]);
    expect(blastRadius.connections).toBe('none-cut');
  });

  it('takes a default for what it is', () => {
    const seen = withConfiguration({ iptables: { minSyncPeriod: '0s', syncPeriod: null } });
    const asked = { iptables: { minSyncPeriodSeconds: 1, syncPeriodSeconds: 30 } };

    expect(plan(asked, seen).changes).toEqual([]);
  });

  it('refuses fields that the mode does not read', () => {
    expect(codes(plan({ ipvs: { strictARP: true } }).refusals)).toEqual([
      'settings-of-another-mode',
    ]);
  });

  it('refuses words that the version does not know', () => {
    expect(codes(plan({ nodePortAddresses: ['all'] }).refusals)).toEqual(['words-too-new']);
  });
});

describe('planKubeProxy where a restart would also set kernel keys', () => {
  const max = 'net.netfilter.nf_conntrack_max';
  const byHand = withConfiguration(
    { conntrack: { maxPerCore: 32_768, min: 131_072 } },
    {},
    withNodes((node) => ({ readOnly: [], values: { ...node.values, [max]: '524288' } })),
  );

  it('writes them first, so that an undo has their originals', () => {
    const { changes, warnings } = plan({ mode: 'nftables' }, byHand);

    expect(changes[0]).toMatchObject({
      kind: 'node',
      key: max,
      after: '131072',
      decidedBy: 'kube-proxy/restart',
    });
    expect(codes(warnings)).toContain('restart-resets');
  });

  it('refuses a table smaller than what it holds', () => {
    const count = 'net.netfilter.nf_conntrack_count';
    const full = withNodes((node) => ({ values: { ...node.values, [count]: '200000' } }), byHand);

    expect(codes(plan({ mode: 'nftables' }, full).refusals)).toEqual(['below-current-use']);
  });
});

describe('planKubeProxy where somebody else keeps the mode', () => {
  it.each([
    ['v1.36.3+k3s1', {}, 'kube-proxy-arg:\n  - proxy-mode=nftables'],
    ['v1.36.3+k0s', {}, 'spec:\n  network:\n    kubeProxy:\n      mode: nftables'],
  ])('offers the change for %s', (kubeletVersion, labels, patch) => {
    const seen = withNodes(() => ({ kubeletVersion, labels }));
    const elsewhere = {
      ...seen,
      kubeProxy: { kind: 'elsewhere', where: 'the distribution', advice: 'Set it there.' } as const,
    };

    expect(plan({ mode: 'nftables' }, elsewhere).refusals).toEqual([
      expect.objectContaining({ code: 'parameter-owned', patch }),
    ]);
    expect(plan({ mode: 'iptables' }, elsewhere).refusals).toEqual([]);
  });

  it('names the EKS add-on and its values', () => {
    const seen = withConfiguration(
      {},
      { owner: { name: 'the EKS add-on', advice: 'Change it through its values.' } },
      withNodes((node) => ({ labels: { ...node.labels, 'eks.amazonaws.com/nodegroup': 'a' } })),
    );

    const [refusal] = plan({ mode: 'nftables' }, seen).refusals;

    expect(refusal?.code).toBe('parameter-owned');
    expect(refusal?.message).toContain('the EKS add-on');
    expect(refusal?.patch).toContain(`'{"mode":"nftables"}'`);
  });
});

describe('planKubeProxy beside a CNI', () => {
  const withCni = (cni: object) => ({ ...observed, cni: { ...observed.cni, ...cni } });

  it('refuses when the CNI does its work', () => {
    const kubeProxyReplacement = { configured: 'on', where: 'ConfigMap cilium-config' } as const;
    const seen = withCni({ name: 'cilium', title: 'Cilium', kubeProxyReplacement });

    expect(codes(plan({ mode: 'nftables' }, seen).refusals)).toEqual(['kube-proxy-replaced']);
  });

  it.each([
    ['3.28.2', ['cni-lacks-mode']],
    ['3.30.1', ['cni-not-in-mode']],
    ['3.32.1', []],
  ])('with Calico %s refuses nftables for %s', (version, expected) => {
    const seen = withCni({ name: 'calico', title: 'Calico', version });

    expect(codes(plan({ mode: 'nftables' }, seen).refusals)).toEqual(expected);
  });

  it('refuses ipvs under NodeLocal DNSCache', () => {
    const seen = { ...inMode('nftables'), neighbours: ['node-local-dns'] };

    expect(codes(plan({ mode: 'ipvs' }, seen).refusals)).toEqual(['node-local-dns-mode']);
    expect(codes(plan({ mode: 'iptables' }, seen).warnings)).toContain('node-local-dns');
  });
});

import { PlanDraft, type Plan } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { cacheHash } from './manifests.js';
import type { CacheNode, NodeLocalObservation } from './observation.js';
import { planNodeLocal } from './plan.js';
import { NodeLocalSettings } from './settings.js';

const kubeDns = { address: '10.96.0.10', selector: { 'k8s-app': 'kube-dns' } };

function aNode(overrides: Partial<CacheNode> = {}): CacheNode {
  return {
    name: 'n1',
    os: 'linux',
    ready: true,
    addresses: ['10.0.0.1'],
    platform: null,
    proxyMode: 'iptables',
    listeners: [],
    nameservers: ['10.96.0.10'],
    searches: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
    ...overrides,
  };
}

function planOf(settings: object, overrides: Partial<NodeLocalObservation> = {}): Plan {
  const plan = new PlanDraft('dns');
  planNodeLocal(plan, NodeLocalSettings.parse(settings), {
    kubeDns,
    clusterDomain: 'cluster.local',
    autopath: false,
    nodes: [aNode(), aNode({ name: 'n2' })],
    datapath: null,
    standing: null,
    others: [],
    ...overrides,
  });
  return plan.finish();
}

describe('planNodeLocal', () => {
  it('lets the cache answer pods of every node before it takes anything over', () => {
    const plan = planOf({});

    expect(plan.changes.map(({ id }) => id)).toEqual([
      'dns/node-local/ServiceAccount/node-local-dns',
      'dns/node-local/Service/kube-dns-upstream',
      'dns/node-local/ConfigMap/node-local-dns',
      'dns/node-local/DaemonSet/node-local-dns',
      'dns/node-local/listening',
      'dns/node-local/listening/answers',
      'dns/node-local/take-over',
      'dns/node-local/take-over/rolled-out',
      'dns/node-local/take-over/answers',
    ]);
    const answers = plan.changes.filter((change) => change.kind === 'await');
    expect(answers[1]).toMatchObject({
      condition: { server: '169.254.20.10', nodes: ['n1', 'n2'] },
    });
    expect(answers[3]).toMatchObject({ condition: { server: '10.96.0.10', nodes: ['n1', 'n2'] } });
    expect(plan.blastRadius.dns).toBe('blip-expected');
  });

  it('leaves no placeholder of the upstream manifest but the two that node-cache fills in itself', () => {
    const texts = JSON.stringify(planOf({}).changes);

    expect([...new Set(texts.match(/__PILLAR__[A-Z_]+__/g))].toSorted()).toEqual([
      '__PILLAR__CLUSTER__DNS__',
      '__PILLAR__UPSTREAM__SERVERS__',
    ]);
  });

  it('touches no address of kube-proxy’s where only link-local is asked for', () => {
    const plan = planOf({ reach: 'link-local' }, { nodes: [aNode({ proxyMode: 'ipvs' })] });

    expect(plan.refusals).toEqual([]);
    expect(plan.changes.some(({ kind }) => kind === 'edit')).toBe(false);
    expect(JSON.stringify(plan.changes[3])).not.toContain('10.96.0.10');
  });

  it('goes by what it sees beside nftables, and says so', () => {
    const plan = planOf({}, { nodes: [aNode({ proxyMode: 'nftables' })] });

    expect(plan.warnings.map(({ code }) => code)).toContain('nftables-by-test');
    expect(plan.changes.length).toBeGreaterThan(0);
  });

  it.each<[string, Partial<NodeLocalObservation>]>([
    ['address-bound-by-ipvs', { nodes: [aNode({ proxyMode: 'ipvs' })] }],
    ['proxy-mode-unknown', { nodes: [aNode({ proxyMode: null })] }],
    ['autopath-behind-cache', { autopath: true }],
    ['datapath-bypasses-rules', { datapath: 'Cilium in place of kube-proxy' }],
    ['managed-node-cache', { nodes: [aNode({ platform: 'aks' })] }],
    ['managed-node-cache', { nodes: [aNode({ platform: 'gke' })] }],
    ['pods-ask-elsewhere', { nodes: [aNode({ nameservers: ['169.254.10.11'] })] }],
    [
      'dns-address-family',
      { kubeDns: { ...kubeDns, address: 'fd00::a' }, nodes: [aNode({ nameservers: null })] },
    ],
    ['no-cluster-dns', { kubeDns: null }],
    ['no-cluster-dns', { clusterDomain: null }],
    [
      'cache-of-others',
      {
        others: [
          {
            object: 'DaemonSet kube-system/nodelocaldns',
            keeper: 'kOps',
            advice: 'Change it there.',
          },
        ],
      },
    ],
    ['port-taken', { nodes: [aNode({ listeners: [{ address: '0.0.0.0', port: 53 }] })] }],
    ['port-taken', { nodes: [aNode({ listeners: [{ address: '::', port: 8080 }] })] }],
    ['port-taken', { nodes: [aNode({ listeners: [{ address: '10.0.0.1', port: 9253 }] })] }],
  ])('refuses with %s', (code, overrides) => {
    const plan = planOf({}, overrides);

    expect(plan.refusals.map((refusal) => refusal.code)).toEqual([code]);
    expect(plan.changes).toEqual([]);
  });

  it('does not mind who listens on other addresses of a host', () => {
    const listeners = [
      { address: '127.0.0.53', port: 53 },
      { address: '127.0.0.1', port: 9253 },
      { address: '10.0.0.1', port: 8080 },
    ];

    expect(planOf({}, { nodes: [aNode({ listeners })] }).refusals).toEqual([]);
  });

  const standing = {
    contentHash: cacheHash({
      settings: NodeLocalSettings.parse({}),
      clusterDomain: 'cluster.local',
      kubeDns,
    }),
    takesOver: true,
  };

  it('plans nothing where the cache stands as asked', () => {
    expect(planOf({}, { standing })).toMatchObject({ changes: [], refusals: [] });
  });

  it('does not replace a cache under the pods that ask it', () => {
    const plan = planOf({ successSeconds: 300 }, { standing });

    expect(plan.refusals).toMatchObject([{ code: 'cache-stands-otherwise' }]);
  });
});

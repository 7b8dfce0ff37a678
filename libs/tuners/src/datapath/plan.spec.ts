import { refOf, type Plan } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { applyPlan, undoPlan } from '../testing/engine-model.js';
import { readerOf, type World } from '../testing/world.js';
import { observeDatapath } from './observe.js';
import { keptOffLabel } from './kube-proxy-off.js';
import { planDatapath } from './plan.js';
import { confirmations, DatapathSettings } from './settings.js';
import { aNode, aWorld, memberOf } from './testing/worlds.js';

const patience = AbortSignal.timeout(60_000);
const all = [...confirmations];

async function planFor(world: World, settings: object): Promise<Plan> {
  const asked = DatapathSettings.parse({ confirmed: all, ...settings });
  return planDatapath(asked, await observeDatapath(readerOf(world), asked, patience));
}

const codes = (plan: Plan) => plan.refusals.map(({ code }) => code).toSorted();
const steps = (plan: Plan) => plan.changes.map(({ id }) => id);

/** Carries the plan out and takes it back: the objects are then the very same. */
function thereAndBack(world: World, plan: Plan, check: () => void): void {
  const before = structuredClone([...world.objects]);
  const journal = applyPlan(world, plan);
  check();
  undoPlan(world, plan, journal);
  expect([...world.objects].toSorted()).toEqual(before.toSorted());
}

const config = 'ConfigMap kube-system/cilium-config';
const replace = { cilium: { kubeProxyReplacement: true } };

describe('planDatapath: Cilium in place of kube-proxy', () => {
  it('edits Cilium’s ConfigMap, rolls its agents, and then keeps kube-proxy off the nodes', async () => {
    const world = aWorld('cilium-manifest');

    const plan = await planFor(world, replace);

    expect(steps(plan)).toEqual([
      'datapath/cilium-config',
      'datapath/restart-cilium',
      'datapath/kube-proxy-off',
      'datapath/kube-proxy-is-off',
    ]);
    expect(plan.blastRadius).toMatchObject({ connections: 'some-cut', podsRestarted: 2 });
    expect(plan.warnings.map(({ code }) => code)).toEqual([
      'socket-lb-bypasses-sidecars',
      'kube-proxy-rules-stay',
      'host-network-pods',
    ]);
    thereAndBack(world, plan, () => {
      expect(memberOf(world, config, ['data', 'kube-proxy-replacement'])).toBe('true');
    });
  });

  it('offers a release of Helm the same as values, and changes nothing', async () => {
    const world = aWorld('cilium-helm');

    const plan = await planFor(world, replace);

    expect(plan.changes).toEqual([]);
    expect(plan.refusals.find(({ code }) => code === 'parameter-owned')).toMatchObject({
      message: expect.stringContaining('Helm release cilium') as string,
      patch: expect.stringContaining('kubeProxyReplacement: true\nk8sServiceHost:') as string,
    });
    expect(codes(plan)).toContain('api-address-missing');
  });

  it.each<[string, Parameters<typeof aWorld>[2], string]>([
    [
      'the API server’s Service as its address',
      [['DaemonSet kube-system/cilium', [...containerEnv(1), 'value'], '10.96.0.1']],
      'api-address-is-a-service',
    ],
    ['a chained plugin', [[config, ['data', 'cni-chaining-mode'], 'aws-cni']], 'cni-chained'],
    [
      'an old version',
      [
        [
          'DaemonSet kube-system/cilium',
          ['spec', 'template', 'spec', 'containers', '0', 'image'],
          'cilium:v1.13.4',
        ],
      ],
      'cilium-too-old',
    ],
    ['an immutable ConfigMap', [[config, ['immutable'], true]], 'parameter-owned'],
    [
      'agents that are not ready',
      [['DaemonSet kube-system/cilium', ['status', 'numberReady'], 1]],
      'cni-agents-not-ready',
    ],
    [
      'agents that would not roll',
      [['DaemonSet kube-system/cilium', ['spec', 'updateStrategy', 'type'], 'OnDelete']],
      'workload-will-not-roll',
    ],
    [
      'kube-proxy kept by an add-on',
      [
        [
          'DaemonSet kube-system/kube-proxy',
          ['metadata', 'labels', 'addonmanager.kubernetes.io/mode'],
          'Reconcile',
        ],
      ],
      'parameter-owned',
    ],
  ])('refuses with %s', async (_what, changes, code) => {
    expect(codes(await planFor(aWorld('cilium-manifest', undefined, changes), replace))).toEqual([
      code,
    ]);
  });

  it.each([
    ['an old kernel', { ...aNode, kernel: '4.18.0-553.el8' }, 'kernel-too-old'],
    ['a node that is away', { ...aNode, ready: false }, 'node-not-ready'],
    ['a Windows node', { ...aNode, os: 'windows' as const }, 'windows-node'],
    [
      'kube-proxy inside k3s',
      { ...aNode, kubeletVersion: 'v1.36.3+k3s1' },
      'kube-proxy-not-ours-to-stop',
    ],
  ])('refuses with %s, before anything is written', async (_what, node, code) => {
    const plan = await planFor(aWorld('cilium-manifest', [aNode, node]), replace);

    expect(codes(plan)).toEqual([code]);
    expect(plan.changes).toEqual([]);
  });

  it('refuses what nobody has confirmed, and says what for', async () => {
    const world = aWorld('cilium-manifest', undefined, [
      ['DaemonSet kube-system/cilium', [...containerEnv(1), 'value'], 'api.example.com'],
    ]);

    const plan = await planFor(world, { ...replace, confirmed: [] });

    expect(codes(plan)).toEqual(['confirmation-missing']);
    expect(plan.refusals[0]?.message).toContain('api-address-is-stable: ');
    expect(plan.refusals[0]?.message).toContain('connections-may-be-cut: ');
  });

  it('takes kube-proxy away where Cilium replaces it already and both run', async () => {
    const world = aWorld('cilium-manifest', undefined, [
      [config, ['data', 'kube-proxy-replacement'], 'true'],
    ]);

    const plan = await planFor(world, replace);

    expect(steps(plan)).toEqual(['datapath/kube-proxy-off', 'datapath/kube-proxy-is-off']);
    thereAndBack(world, plan, () => {
      const path = ['spec', 'template', 'spec', 'nodeSelector', keptOffLabel];
      expect(memberOf(world, 'DaemonSet kube-system/kube-proxy', path)).toBe('true');
    });
  });

  it('does not switch it off where no kube-proxy would take over', async () => {
    const world = aWorld('cilium-manifest', undefined, [
      [config, ['data', 'kube-proxy-replacement'], 'true'],
      [
        'DaemonSet kube-system/kube-proxy',
        ['spec', 'template', 'spec', 'nodeSelector', keptOffLabel],
        'true',
      ],
    ]);

    const plan = await planFor(world, { cilium: { kubeProxyReplacement: false } });

    expect(codes(plan)).toEqual(['kube-proxy-absent']);
  });
});

describe('planDatapath: Cilium’s native routing', () => {
  const native = {
    routingMode: 'native',
    autoDirectNodeRoutes: true,
    ipv4NativeRoutingCIDR: '10.0.0.0/8',
  };

  it('sets mode, range and routes together, and rolls the agents', async () => {
    const world = aWorld('cilium-manifest');

    const plan = await planFor(world, { cilium: native });

    expect(steps(plan)).toEqual(['datapath/cilium-config', 'datapath/restart-cilium']);
    thereAndBack(world, plan, () => {
      expect(memberOf(world, config, ['data'])).toMatchObject({
        'routing-mode': 'native',
        'auto-direct-node-routes': 'true',
        'ipv4-native-routing-cidr': '10.0.0.0/8',
      });
    });
  });

  it('needs a range that holds every pod', async () => {
    const world = aWorld('cilium-manifest');

    expect(codes(await planFor(world, { cilium: { routingMode: 'native' } }))).toEqual([
      'native-cidr-missing',
    ]);
    const small = { ...native, ipv4NativeRoutingCIDR: '10.244.0.0/16' };
    expect(codes(await planFor(world, { cilium: small }))).toEqual(['native-cidr-too-small']);
  });

  it('depends on a network that somebody vouches for', async () => {
    const missing = async (cilium: object) =>
      (await planFor(aWorld('cilium-manifest'), { cilium, confirmed: [] })).refusals[0]?.message;

    expect(await missing(native)).toContain('nodes-share-one-network: ');
    expect(await missing({ ...native, autoDirectNodeRoutes: false })).toContain(
      'network-routes-pods: ',
    );
  });

  it('takes one change of the data plane at a time', async () => {
    const plan = await planFor(aWorld('cilium-manifest'), {
      cilium: { ...native, kubeProxyReplacement: true },
    });

    expect(codes(plan)).toEqual(['one-datapath-change-at-a-time']);
  });

  it('leaves a node’s own override to whoever made it', async () => {
    const override = {
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumNodeConfig',
      metadata: { namespace: 'kube-system', name: 'edge' },
      spec: { defaults: { 'routing-mode': 'tunnel' } },
    };

    const plan = await planFor(aWorld('cilium-manifest', undefined, [], [override]), {
      cilium: native,
    });

    expect(codes(plan)).toEqual(['cilium-node-config-overrules']);
  });
});

const v3 = 'projectcalico.org/v3';
const pool = 'IPPool default-ipv4-ippool';
const installation = 'Installation default';
const withApi: Parameters<typeof aWorld>[2] = [
  [pool, ['apiVersion'], v3],
  ['FelixConfiguration default', ['apiVersion'], v3],
];

describe('planDatapath: Calico’s encapsulation', () => {
  it('edits the operator’s Installation, and waits for what it makes of the pool', async () => {
    const world = aWorld('calico-operator');

    const plan = await planFor(world, { calico: { encapsulation: 'IPIP' } });

    expect(steps(plan)).toEqual([
      'datapath/installation',
      'datapath/pool/default-ipv4-ippool/ipipMode',
      'datapath/pool/default-ipv4-ippool/vxlanMode',
    ]);
    expect(plan.changes[0]).toMatchObject({
      object: refOf(world.objects.get(installation)!),
      edits: [
        { path: ['spec', 'calicoNetwork', 'ipPools', '0', 'cidr'], after: '10.244.0.0/16' },
        {
          path: ['spec', 'calicoNetwork', 'ipPools', '0', 'encapsulation'],
          before: 'VXLANCrossSubnet',
          after: 'IPIP',
        },
      ],
    });
    thereAndBack(world, plan, () => {
      expect(memberOf(world, pool, ['spec', 'ipipMode'])).toBe('Always');
    });
  });

  it('edits the pool itself where no operator keeps it', async () => {
    const world = aWorld('calico-manifest', undefined, withApi);

    const plan = await planFor(world, { calico: { encapsulation: 'VXLANCrossSubnet' } });

    expect(steps(plan)).toEqual(['datapath/pool/default-ipv4-ippool']);
    thereAndBack(world, plan, () => {
      expect(memberOf(world, pool, ['spec'])).toMatchObject({
        ipipMode: 'Never',
        vxlanMode: 'CrossSubnet',
      });
    });
  });

  it('writes nothing past Calico’s own validation', async () => {
    const plan = await planFor(aWorld('calico-manifest'), { calico: { encapsulation: 'VXLAN' } });

    expect(codes(plan)).toEqual(['calico-api-not-served']);
    expect(plan.refusals[0]?.patch).toContain('calicoctl patch ippool default-ipv4-ippool');
  });

  it.each<[string, string, Parameters<typeof aWorld>[2], string]>([
    [
      'IPIP without BGP',
      'IPIP',
      [[installation, ['spec', 'calicoNetwork', 'bgp'], 'Disabled']],
      'calico-needs-bgp',
    ],
    [
      'a pool that the operator does not keep',
      'VXLAN',
      [[pool, ['metadata', 'labels'], {}]],
      'calico-pool-not-managed',
    ],
    [
      'an Installation kept by Argo CD',
      'VXLAN',
      [
        [
          installation,
          ['metadata', 'annotations'],
          { 'argocd.argoproj.io/tracking-id': 'net:operator.tigera.io/Installation:default' },
        ],
      ],
      'parameter-owned',
    ],
    [
      'Calico for policy alone',
      'VXLAN',
      [[installation, ['spec', 'cni', 'type'], 'AmazonVPC']],
      'cni-chained',
    ],
  ])('refuses %s', async (_what, encapsulation, changes, code) => {
    const plan = await planFor(aWorld('calico-operator', undefined, changes), {
      calico: { encapsulation },
    });

    expect(codes(plan)).toEqual([code]);
  });

  it('does not go behind an operator whose Installation could not be seen', async () => {
    const world = aWorld('calico-operator');
    world.objects.delete(installation);

    const plan = await planFor(world, { calico: { encapsulation: 'IPIP' } });

    expect(codes(plan)).toContain('parameter-owned');
    expect(plan.changes).toEqual([]);
  });

  it('may change the default pool alone', async () => {
    const other = {
      apiVersion: v3,
      kind: 'IPPool',
      metadata: { name: 'rack-two' },
      spec: { cidr: '10.250.0.0/16', ipipMode: 'Always', vxlanMode: 'Never' },
    };
    const world = aWorld('calico-manifest', undefined, withApi, [other]);

    const plan = await planFor(world, { calico: { encapsulation: 'VXLAN' } });

    expect(codes(plan)).toEqual(['pool-not-ours-to-change']);
  });

  it('asks for what only the network’s owner knows', async () => {
    const twoSubnets = [
      { ...aNode, subnet: '10.0.0.5/24' },
      { ...aNode, subnet: '10.0.1.5/24' },
    ];
    const missing = async (encapsulation: string, nodes = [aNode, aNode]) =>
      (
        await planFor(aWorld('calico-operator', nodes), {
          calico: { encapsulation },
          confirmed: [],
        })
      ).refusals[0]?.message;

    expect(await missing('IPIP')).toContain('network-passes-ipip: ');
    expect(await missing('None', twoSubnets)).toContain('network-routes-pods: ');
    expect(await missing('None')).not.toContain('network-routes-pods: ');
    expect(await missing('VXLAN')).not.toContain('network-passes-vxlan: ');
  });
});

describe('planDatapath: Calico’s eBPF data plane', () => {
  const endpoint = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'tigera-operator', name: 'kubernetes-services-endpoint' },
    data: { KUBERNETES_SERVICE_HOST: '10.0.0.10', KUBERNETES_SERVICE_PORT: '6443' },
  };
  const bpf = { calico: { bpf: true } };

  it('keeps kube-proxy off before, and comes back in the reverse order', async () => {
    const world = aWorld('calico-operator', undefined, [], [endpoint]);

    const plan = await planFor(world, bpf);

    expect(steps(plan)).toEqual([
      'datapath/kube-proxy-off',
      'datapath/kube-proxy-is-off',
      'datapath/installation',
      'datapath/felix-follows',
      'datapath/agents-rolled',
    ]);
    thereAndBack(world, plan, () => {
      expect(memberOf(world, 'FelixConfiguration default', ['spec', 'bpfEnabled'])).toBe(true);
    });
  });

  it('leaves kube-proxy to the operator where that manages it', async () => {
    const world = aWorld('calico-operator', undefined, [
      [installation, ['spec', 'calicoNetwork', 'kubeProxyManagement'], 'Enabled'],
    ]);

    const plan = await planFor(world, bpf);

    expect(steps(plan)[0]).toBe('datapath/installation');
    expect(plan.changes[0]?.summary).toBe(
      'Set linuxDataplane to BPF and bpfNetworkBootstrap to Enabled in Installation default.',
    );
    const before = memberOf(world, 'DaemonSet kube-system/kube-proxy', ['status']);
    const journal = applyPlan(world, plan);
    undoPlan(world, plan, journal);
    expect(memberOf(world, 'DaemonSet kube-system/kube-proxy', ['status'])).toEqual(before);
  });

  it('needs the API server’s own address, or the operator', async () => {
    const plan = await planFor(aWorld('calico-operator'), bpf);

    expect(codes(plan)).toEqual(['api-address-missing']);
    expect(plan.refusals[0]?.patch).toContain('kubernetes-services-endpoint');
  });

  it('is not planned without the operator, nor on an old kernel, nor together with another change', async () => {
    const old = [aNode, { ...aNode, kernel: '5.4.0-200-generic' }];

    expect(codes(await planFor(aWorld('calico-manifest'), bpf))).toEqual([
      'calico-bpf-needs-operator',
    ]);
    expect(codes(await planFor(aWorld('calico-operator', old, [], [endpoint]), bpf))).toEqual([
      'kernel-too-old',
    ]);
    const both = { calico: { bpf: true, encapsulation: 'IPIP' } };
    expect(codes(await planFor(aWorld('calico-operator'), both))).toEqual([
      'one-datapath-change-at-a-time',
    ]);
  });
});

describe('planDatapath: other clusters', () => {
  it.each(['flannel', 'kindnet', 'aws-vpc-cni', 'ovn-kubernetes', 'antrea'] as const)(
    'says of %s that there is nothing to change, and why',
    async (name) => {
      const plan = await planFor(aWorld(name), { ...replace, calico: { bpf: true } });

      expect(codes(plan)).toEqual(['other-cni']);
    },
  );

  it('leaves aside what a profile asks of the other CNI', async () => {
    const plan = await planFor(aWorld('cilium-manifest'), { ...replace, calico: { bpf: true } });

    expect(plan.refusals).toEqual([]);
    expect(plan.changes.length).toBeGreaterThan(0);
    expect(plan.warnings[0]).toMatchObject({ code: 'other-cni' });
  });
});

function containerEnv(at: number): string[] {
  return ['spec', 'template', 'spec', 'containers', '0', 'env', String(at)];
}

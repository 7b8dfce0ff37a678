import { ClusterForbidden, type RbacRule, type SeenObject } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { kubeProxyConfig } from '../testing/kube-proxy-config.js';
import { baseRules } from './base-rules.js';
import { detectCni } from './cni.js';
import { clusterNode, quantity } from './node-facts.js';
import { allows, permissionsOf, permissionText } from './permissions.js';
import { detectProxyMode } from './proxy-mode.js';

function aDaemonSet(
  name: string,
  more: { readonly desired?: number; readonly spec?: object } = {},
): SeenObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace: 'kube-system' },
    spec: { template: { spec: more.spec ?? {} } },
    status: { desiredNumberScheduled: more.desired ?? 2 },
  } as unknown as SeenObject;
}
function aNode(annotations: Record<string, string> = {}, kubeletVersion = 'v1.36.0'): SeenObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n', annotations },
    status: { nodeInfo: { kubeletVersion } },
  };
}
function aConfigMap(data: Record<string, string>): SeenObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data };
}
const kubeadmProxy = {
  containers: [
    {
      command: [
        '/usr/local/bin/kube-proxy',
        '--config=/var/lib/kube-proxy/config.conf',
        '--proxy-mode=ipvs',
      ],
      volumeMounts: [{ name: 'kube-proxy', mountPath: '/var/lib/kube-proxy' }],
    },
  ],
  volumes: [{ name: 'kube-proxy', configMap: { name: 'kube-proxy' } }],
};

describe('detectCni', () => {
  it.each([
    [['kube-flannel-ds', 'kube-proxy'], 'flannel'],
    [['calico-node'], 'calico'],
    [['canal'], 'flannel'],
    [['cilium', 'cilium-envoy'], 'cilium'],
    [['kindnet'], 'kindnet'],
    [['aws-node', 'cilium'], 'aws-vpc-cni'],
    [['ovnkube-node'], 'ovn-kubernetes'],
    [['weave-net'], 'unknown'],
  ])('tells %j as %s', (names, cni) => {
    expect(
      detectCni(
        names.map((name) => aDaemonSet(name)),
        [],
      ),
    ).toBe(cni);
  });

  it('does not count a plugin that is kept off every node', () => {
    expect(detectCni([aDaemonSet('aws-node', { desired: 0 }), aDaemonSet('cilium')], [])).toBe(
      'cilium',
    );
  });

  it('sees flannel inside k3s by its annotations on the nodes', () => {
    const node = clusterNode(aNode({ 'flannel.alpha.coreos.com/backend-type': 'vxlan' }));

    expect(detectCni([], [node])).toBe('flannel');
  });
});

describe('detectProxyMode', () => {
  function detect(
    daemonSets: SeenObject[],
    {
      configMaps = {},
      nodes = [],
      pods = [],
    }: { configMaps?: Record<string, SeenObject>; nodes?: SeenObject[]; pods?: SeenObject[] } = {},
  ) {
    return detectProxyMode({
      daemonSets,
      nodes,
      readConfigMap: ({ name }) => Promise.resolve(configMaps[name] ?? null),
      proxyPods: () => Promise.resolve(pods),
    });
  }

  it("reads kubeadm's ConfigMap, which outweighs the flags beside it", async () => {
    const configMaps = { 'kube-proxy': aConfigMap({ 'config.conf': kubeProxyConfig }) };

    expect(
      await detect([aDaemonSet('kube-proxy', { spec: kubeadmProxy })], { configMaps }),
    ).toEqual({
      proxyMode: 'iptables',
      proxyModeSource: 'ConfigMap kube-system/kube-proxy config.conf',
    });
  });

  it("reads EKS' ConfigMap by the names that its DaemonSet gives", async () => {
    const spec = {
      containers: [
        {
          command: ['kube-proxy', '--v=2', '--config=/var/lib/kube-proxy-config/config'],
          volumeMounts: [{ name: 'config', mountPath: '/var/lib/kube-proxy-config/' }],
        },
      ],
      volumes: [{ name: 'config', configMap: { name: 'kube-proxy-config' } }],
    };
    const configMaps = { 'kube-proxy-config': aConfigMap({ config: 'mode: "ipvs"\n' }) };

    expect(await detect([aDaemonSet('kube-proxy', { spec })], { configMaps })).toMatchObject({
      proxyMode: 'ipvs',
      proxyModeSource: 'ConfigMap kube-system/kube-proxy-config config',
    });
  });

  it.each([
    ['', 'unknown', 'own default'],
    ['userspace', 'unknown', 'own default'],
  ])(
    'calls the mode %j %s: an empty one is the version’s choice',
    async (mode, proxyMode, source) => {
      const configMaps = { 'kube-proxy': aConfigMap({ 'config.conf': `mode: "${mode}"\n` }) };

      const found = await detect([aDaemonSet('kube-proxy', { spec: kubeadmProxy })], {
        configMaps,
      });

      expect(found.proxyMode).toBe(proxyMode);
      expect(found.proxyModeSource).toContain(source);
    },
  );

  it('reads the flags of a static pod', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'kube-proxy-n1' },
      spec: { containers: [{ command: ['kube-proxy'], args: ['--proxy-mode', 'nftables'] }] },
    } as unknown as SeenObject;

    expect(await detect([], { pods: [pod] })).toMatchObject({ proxyMode: 'nftables' });
  });

  it.each([
    [
      'Cilium replaces it',
      [aDaemonSet('cilium')],
      { configMaps: { 'cilium-config': aConfigMap({ 'kube-proxy-replacement': 'true' }) } },
      'none',
    ],
    ['OVN does its work', [aDaemonSet('ovnkube-node')], {}, 'none'],
    [
      'it is kept off every node',
      [aDaemonSet('kube-proxy', { desired: 0 }), aDaemonSet('calico-node')],
      {},
      'none',
    ],
    ['it runs inside k3s', [], { nodes: [aNode({}, 'v1.36.0+k3s1')] }, 'unknown'],
    ['there is none', [], { nodes: [aNode()] }, 'none'],
    ['its ConfigMap is gone', [aDaemonSet('kube-proxy', { spec: kubeadmProxy })], {}, 'unknown'],
  ])('when %s', async (_what, daemonSets, more, proxyMode) => {
    expect((await detect(daemonSets, more)).proxyMode).toBe(proxyMode);
  });

  it('says so when it may not read the configuration', async () => {
    const found = await detectProxyMode({
      daemonSets: [aDaemonSet('kube-proxy', { spec: kubeadmProxy })],
      nodes: [],
      readConfigMap: () => Promise.reject(new ClusterForbidden('no')),
      proxyPods: () => Promise.resolve([]),
    });

    expect(found).toEqual({
      proxyMode: 'unknown',
      proxyModeSource: 'ConfigMap kube-system/kube-proxy config.conf may not be read',
    });
  });
});

describe('allows', () => {
  const [permission] = permissionsOf({
    scope: 'cluster',
    apiGroup: 'apps',
    resources: ['daemonsets'],
    resourceNames: ['kube-proxy'],
    verbs: ['patch'],
    reason: '',
  });

  it.each([
    [{ verbs: ['patch'], apiGroups: ['apps'], resources: ['daemonsets'] }, true],
    [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, true],
    [
      {
        verbs: ['patch'],
        apiGroups: ['apps'],
        resources: ['daemonsets'],
        resourceNames: ['kube-proxy', 'x'],
      },
      true,
    ],
    [
      { verbs: ['patch'], apiGroups: ['apps'], resources: ['daemonsets'], resourceNames: ['x'] },
      false,
    ],
    [{ verbs: ['get'], apiGroups: ['apps'], resources: ['daemonsets'] }, false],
    [{ verbs: ['patch'], apiGroups: [''], resources: ['daemonsets'] }, false],
    [{ verbs: ['patch'], apiGroups: ['apps'], resources: ['daemonsets/status'] }, false],
    [null, false],
  ])('by the rule %j: %s', (rule, allowed) => {
    expect(permission !== undefined && allows(rule, permission)).toBe(allowed);
  });

  it('does not take a right on one name for the right on all', () => {
    const [anyName] = permissionsOf({
      scope: 'cluster',
      apiGroup: '',
      resources: ['pods/attach'],
      verbs: ['create'],
      reason: '',
    });
    const rule = {
      verbs: ['create'],
      apiGroups: [''],
      resources: ['pods/attach'],
      resourceNames: ['x'],
    };

    expect(anyName !== undefined && allows(rule, anyName)).toBe(false);
    expect(
      anyName !== undefined &&
        allows({ ...rule, resourceNames: [], resources: ['*/attach'] }, anyName),
    ).toBe(true);
  });

  it('names a permission as it would be asked for', () => {
    expect(permission && permissionText(permission)).toBe('patch daemonsets.apps kube-proxy');
  });
});

describe('baseRules', () => {
  const inCluster = (rule: RbacRule) => rule.scope === 'cluster';

  it('only reads outside our own namespace', () => {
    const outside = baseRules.filter(
      (rule) =>
        inCluster(rule) || (rule.scope as { namespace: string }).namespace !== 'fairlead-system',
    );

    expect(
      outside
        .flatMap(({ verbs }) => verbs)
        .filter((verb) => !['get', 'list', 'watch'].includes(verb)),
    ).toEqual([]);
  });

  it('asks for no secret, no exec, no wildcard, and gives a reason for each', () => {
    for (const rule of baseRules) {
      const words = [...rule.resources, ...rule.verbs, rule.apiGroup];
      expect(words.some((word) => /secrets|exec|\*|escalate|bind|impersonate/.test(word))).toBe(
        false,
      );
      expect(rule.reason.length).toBeGreaterThan(20);
    }
  });
});

describe('clusterNode', () => {
  it('reads what a node says of itself', () => {
    const node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'n1', labels: { zone: 'a' }, annotations: { cni: 'b' } },
      spec: { podCIDR: '10.244.0.0/24', podCIDRs: ['10.244.0.0/24', 'fd00::/64'] },
      status: {
        nodeInfo: {
          kernelVersion: '6.1',
          operatingSystem: 'linux',
          architecture: 'arm64',
          kubeletVersion: 'v1.36.3',
          osImage: 'Debian',
        },
        capacity: { memory: '16384Ki', cpu: '3920m' },
        addresses: [
          { type: 'InternalIP', address: '10.0.0.1' },
          { type: 'Hostname', address: 'n1' },
        ],
        conditions: [
          { type: 'MemoryPressure', status: 'True' },
          { type: 'Ready', status: 'Unknown' },
        ],
      },
    };

    expect(clusterNode(node)).toEqual({
      name: 'n1',
      ready: false,
      kernel: '6.1',
      os: 'linux',
      arch: 'arm64',
      kubeletVersion: 'v1.36.3',
      osImage: 'Debian',
      addresses: ['10.0.0.1'],
      labels: { zone: 'a' },
      annotations: { cni: 'b' },
      podCidrs: ['10.244.0.0/24', 'fd00::/64'],
      memoryBytes: 16_777_216,
      cpus: 3.92,
    });
  });

  it('takes the one range of pods that an older server tells', () => {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } };

    expect(clusterNode({ ...node, spec: { podCIDR: '10.244.0.0/24' } }).podCidrs).toEqual([
      '10.244.0.0/24',
    ]);
    expect(clusterNode(node).podCidrs).toEqual([]);
  });

  it.each([
    ['1', 1],
    ['1.5Gi', 1_610_612_736],
    ['2k', 2_000],
    ['100m', 0.1],
    ['', 0],
    ['many', 0],
  ])('reads the quantity %j', (written, value) => {
    expect(quantity(written)).toBeCloseTo(value);
  });
});

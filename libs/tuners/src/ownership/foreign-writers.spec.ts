import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { conntrack } from '../conntrack/index.js';
import { aWorldNode } from '../testing/nodes.js';
import { put, readerOf, type World, type WorldNode } from '../testing/world.js';

const patience = AbortSignal.timeout(30_000);
const maxKey = 'net.netfilter.nf_conntrack_max';

function aNode(labels: Record<string, string>): WorldNode {
  return aWorldNode({
    name: 'node-a',
    kernel: '6.8.0-azure',
    kubeletVersion: 'v1.31.4',
    osImage: 'Ubuntu 22.04',
    labels: { 'kubernetes.io/os': 'linux', ...labels },
    keys: new Map(
      conntrack.parameters
        .filter(({ name }) => name.startsWith('net.'))
        .map(({ name }) => [name, name === maxKey ? '131072' : '60']),
    ),
  });
}

const proxyLabels = { 'k8s-app': 'kube-proxy' };

function aWorld(nodeLabels: Record<string, string>, kept: Record<string, string>): World {
  const world: World = { version: '1.31.4', nodes: [aNode(nodeLabels)], objects: new Map() };
  put(world, {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      namespace: 'kube-system',
      name: 'kube-proxy',
      labels: { ...proxyLabels, ...kept },
    },
    spec: {
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      template: {
        spec: {
          containers: [
            {
              name: 'kube-proxy',
              image: 'registry.k8s.io/kube-proxy:v1.31.4',
              command: ['kube-proxy', '--config=/var/lib/kube-proxy/config.conf'],
              volumeMounts: [{ name: 'config', mountPath: '/var/lib/kube-proxy' }],
            },
          ],
          volumes: [{ name: 'config', configMap: { name: 'kube-proxy' } }],
        },
      },
    },
    status: { desiredNumberScheduled: 1 },
  });
  put(world, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'kube-system', name: 'kube-proxy', labels: kept },
    data: { 'config.conf': stringify({ kind: 'KubeProxyConfiguration', mode: 'iptables' }) },
  });
  return world;
}

async function plan(world: World) {
  const settings = conntrack.settings.parse({ maxEntries: 1_048_576 });
  const observed = await conntrack.observe(readerOf(world), settings, patience);
  return conntrack.plan(settings, conntrack.observation.parse(observed));
}

describe('a parameter that somebody else writes', () => {
  // https://github.com/Azure/AKS/issues/3051: the size that a node pool asked for in sysctl.d was
  // overwritten by kube-proxy's 32768 for each core.
  it('is refused as in AKS#3051: kube-proxy decides the size there and AKS keeps kube-proxy', async () => {
    const world = aWorld(
      { 'kubernetes.azure.com/cluster': 'MC_shop', 'kubernetes.azure.com/agentpool': 'pool' },
      { 'addonmanager.kubernetes.io/mode': 'Reconcile' },
    );

    const { changes, refusals, warnings } = await plan(world);

    expect(changes).toEqual([]);
    expect(refusals.map(({ code }) => code)).toContain('parameter-owned');
    const told = refusals.find(({ code }) => code === 'parameter-owned');
    expect(told?.message).toMatch(/add-on manager/);
    expect(told?.message).toMatch(/kube-proxy/);
    expect(told?.patch).toMatch(/min: 1048576/);
    expect(warnings.find(({ code }) => code === 'node-config-may-own')?.message).toContain(
      'linuxOSConfig.sysctls',
    );
  });

  // https://github.com/gardener/gardener/pull/10431: an init container set the same key.
  it('is refused as in gardener#10431: an init container of another DaemonSet sets the key too', async () => {
    const world = aWorld({}, {});
    put(world, {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { namespace: 'kube-system', name: 'conntrack-fix' },
      spec: {
        template: {
          spec: {
            initContainers: [{ name: 'set', command: ['sysctl', '-w', `${maxKey}=524288`] }],
            containers: [{ name: 'pause' }],
          },
        },
      },
    });

    const { changes, refusals } = await plan(world);

    expect(changes).toEqual([]);
    expect(refusals).toContainEqual(
      expect.objectContaining({
        code: 'parameter-owned',
        message: expect.stringContaining(
          'DaemonSet kube-system/conntrack-fix, container set',
        ) as string,
        patch: `${maxKey} = 1048576`,
      }),
    );
  });
});

import { valueAt, type Json, type JsonObject, type SeenObject } from '@fairlead/core';
import { put, type World } from './world.js';

/** Encapsulation of an Installation's pool, as the two modes that the operator writes into the IPPool. */
const modes: Readonly<Record<string, readonly [vxlan: string, ipip: string]>> = {
  VXLAN: ['Always', 'Never'],
  VXLANCrossSubnet: ['CrossSubnet', 'Never'],
  IPIP: ['Never', 'Always'],
  IPIPCrossSubnet: ['Never', 'CrossSubnet'],
  None: ['Never', 'Never'],
};

/**
 * What controllers of a cluster make of their objects once they are written: Calico's operator changes
 * its pools, Felix's configuration and kube-proxy; a DaemonSet runs where its node selector lets it.
 * Source: domain.md 6.1; tigera/operator pkg/controller/ippool.
 */
export function reconcile(world: World): void {
  const installation = world.objects.get('Installation default');
  if (installation !== undefined) runOperator(world, installation);
  const proxy = world.objects.get('DaemonSet kube-system/kube-proxy');
  if (proxy !== undefined) runDaemonSet(world, proxy);
}

function runOperator(world: World, installation: SeenObject): void {
  const network = valueAt(installation, ['spec', 'calicoNetwork']);
  const isBpf = valueAt(network, ['linuxDataplane']) === 'BPF';
  const wanted = valueAt(network, ['ipPools']);
  for (const entry of Array.isArray(wanted) ? (wanted as readonly Json[]) : []) {
    const pool = [...world.objects.values()].find(
      (object) =>
        object.kind === 'IPPool' &&
        valueAt(object, ['spec', 'cidr']) === valueAt(entry, ['cidr']) &&
        valueAt(object, ['metadata', 'labels', 'app.kubernetes.io/managed-by']) ===
          'tigera-operator',
    );
    const [vxlanMode, ipipMode] = modes[valueAt(entry, ['encapsulation']) as string] ?? [];
    if (pool === undefined || vxlanMode === undefined) continue;
    put(world, { ...pool, spec: { ...(pool['spec'] as JsonObject), vxlanMode, ipipMode } });
  }
  const felix = world.objects.get('FelixConfiguration default');
  if (felix !== undefined) {
    put(world, { ...felix, spec: { ...(felix['spec'] as JsonObject), bpfEnabled: isBpf } });
  }
  if (valueAt(network, ['kubeProxyManagement']) === 'Enabled') manageKubeProxy(world, isBpf);
}

const disable = 'operator.tigera.io/disable-kube-proxy';

function manageKubeProxy(world: World, isBpf: boolean): void {
  const proxy = world.objects.get('DaemonSet kube-system/kube-proxy');
  if (proxy === undefined) return;
  const copy = structuredClone(proxy) as unknown as {
    spec: { template: { spec: { nodeSelector?: Record<string, string> } } };
  };
  const { [disable]: _old, ...selector } = copy.spec.template.spec.nodeSelector ?? {};
  copy.spec.template.spec.nodeSelector = isBpf ? { ...selector, [disable]: 'true' } : selector;
  put(world, copy);
}

/** Counts one pod for each Linux node that the selector finds. */
function runDaemonSet(world: World, daemonSet: SeenObject): void {
  const selector = valueAt(daemonSet, ['spec', 'template', 'spec', 'nodeSelector']) ?? {};
  const labels = Object.entries(selector as Record<string, string>);
  const isKeptOff = labels.some(([label]) => label.includes('kube-proxy'));
  const pods = valueAt(daemonSet, ['status', 'desiredNumberScheduled']);
  const linux = world.nodes.filter(({ os }) => os === 'linux').length;
  const wanted = isKeptOff ? 0 : linux;
  // Only what keeps it off, or brings it back, changes anything here.
  if (!isKeptOff && pods !== 0) return;
  put(world, {
    ...daemonSet,
    status: { ...(daemonSet['status'] as JsonObject), desiredNumberScheduled: wanted },
  });
}

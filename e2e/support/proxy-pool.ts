import type { V1ConfigMap, V1DaemonSet } from '@kubernetes/client-node';
import { until, type Administrator } from './administrator.js';

const namespace = 'kube-system';
const legacyFolder = '/var/log/fairlead-e2e-xtables';
const programs = ['iptables', 'iptables-save', 'iptables-restore'].flatMap((name) => [
  name,
  name.replace('iptables', 'ip6tables'),
]);

/**
 * Lays kube-proxy out as a cluster with two node pools does: the DaemonSet kube-proxy on one node alone,
 * and one of another name, with a ConfigMap of its own, on the other. The first can then take a mode that
 * the other node's kernel lacks.
 *
 * The pool's node needs the iptables that speaks to the older interface, since its kernel has no nft for IPv4,
 * and the host's modules, without which kube-proxy takes its own ip_vs for missing when it cleans up.
 */
export async function splitProxyPools(
  administrator: Administrator,
  { pool, rest }: { readonly pool: string; readonly rest: string },
): Promise<void> {
  const config = await required<V1ConfigMap>(administrator, 'v1', 'ConfigMap');
  const daemonSet = await required<V1DaemonSet>(administrator, 'apps/v1', 'DaemonSet');
  if (daemonSet.spec?.template.spec?.nodeSelector?.['kubernetes.io/hostname'] === pool) return;

  const name = 'node-proxy';
  const labels = { app: name };
  const template = structuredClone(daemonSet.spec?.template) ?? {};
  await administrator.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data: config.data,
  } as V1ConfigMap);
  const podSpec = template.spec ?? { containers: [] };
  await administrator.apply({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace, labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          ...podSpec,
          nodeSelector: { 'kubernetes.io/hostname': rest },
          volumes: podSpec.volumes?.map((volume) =>
            volume.configMap === undefined ? volume : { ...volume, configMap: { name } },
          ),
        },
      },
    },
  } as V1DaemonSet);
  await administrator.apply({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'kube-proxy', namespace },
    spec: {
      selector: daemonSet.spec?.selector,
      template: {
        metadata: template.metadata,
        spec: { ...podSpec, ...withOlderIptables(podSpec, pool) },
      },
    },
  } as V1DaemonSet);
  await untilRolledOut(administrator, 'kube-proxy', 300);
  await untilRolledOut(administrator, name, 120);
}

type PodSpec = NonNullable<NonNullable<V1DaemonSet['spec']>['template']['spec']>;

function withOlderIptables(podSpec: PodSpec, node: string): Partial<PodSpec> {
  const [container] = podSpec.containers;
  const links = programs.map(
    (program) => `ln -sf /usr/sbin/xtables-legacy-multi ${legacyFolder}/${program}`,
  );
  const mount = { name: 'xtables', mountPath: legacyFolder };
  return {
    nodeSelector: { 'kubernetes.io/hostname': node },
    initContainers: [
      {
        name: 'older-iptables',
        image: container?.image ?? '',
        imagePullPolicy: 'IfNotPresent',
        command: ['/bin/sh', '-c', links.join(' && ')],
        volumeMounts: [mount],
      },
    ],
    containers: podSpec.containers.map((each) => ({
      ...each,
      env: [
        ...(each.env ?? []),
        { name: 'PATH', value: `${legacyFolder}:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin` },
      ],
      volumeMounts: [
        ...(each.volumeMounts ?? []),
        mount,
        { name: 'modules', mountPath: '/lib/modules', readOnly: true },
        { name: 'own-modules', mountPath: '/usr/lib/uml/modules', readOnly: true },
      ],
    })),
    volumes: [
      ...(podSpec.volumes ?? []),
      { name: 'xtables', hostPath: { path: legacyFolder, type: 'DirectoryOrCreate' } },
      { name: 'modules', hostPath: { path: '/lib/modules' } },
      // Where the modules folder's own link leads.
      { name: 'own-modules', hostPath: { path: '/usr/lib/uml/modules' } },
    ],
  };
}

async function required<T extends V1ConfigMap | V1DaemonSet>(
  administrator: Administrator,
  apiVersion: string,
  kind: string,
): Promise<T> {
  const found = await administrator.read<T>({ apiVersion, kind, namespace, name: 'kube-proxy' });
  if (found === null) throw new Error(`There is no ${kind} kube-proxy in ${namespace}.`);
  return found;
}

async function untilRolledOut(administrator: Administrator, name: string, seconds: number) {
  await until(async () => {
    const ref = { apiVersion: 'apps/v1', kind: 'DaemonSet', namespace, name };
    const found = await administrator.read<V1DaemonSet>(ref);
    const { status, metadata } = found ?? {};
    return (
      status?.observedGeneration === metadata?.generation &&
      status?.desiredNumberScheduled === 1 &&
      status.updatedNumberScheduled === 1 &&
      status.numberAvailable === 1
    );
  }, seconds);
}

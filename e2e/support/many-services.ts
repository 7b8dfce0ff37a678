import type { Administrator } from './administrator.js';

const namespace = 'default';
const label = 'fairlead-e2e-many';
const atOnce = 16;

/**
 * Services of one port each, with an EndpointSlice each that names a real pod: the cluster's DNS. They
 * get addresses from the cluster's own range, as any Service does.
 */
export async function loadServices(administrator: Administrator, count: number): Promise<void> {
  const address = await dnsPodAddress(administrator);
  await inParallel(count, async (at) => {
    const name = `${label}-${at}`;
    const metadata = { name, namespace, labels: { app: label } };
    await unlessThere(
      administrator.core.createNamespacedService({
        namespace,
        body: { metadata, spec: { ports: [{ name: 'dns', port: 53, protocol: 'TCP' }] } },
      }),
    );
    await administrator.apply({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        ...metadata,
        labels: { app: label, 'kubernetes.io/service-name': name },
      },
      addressType: 'IPv4',
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports: [{ name: 'dns', port: 53, protocol: 'TCP' }],
    } as never);
  });
}

/** The slices go with their Services, whose owner references the API server's collector does not set here. */
export async function removeServices(administrator: Administrator): Promise<void> {
  const { items } = await administrator.core.listNamespacedService({
    namespace,
    labelSelector: `app=${label}`,
  });
  await inParallel(items.length, async (at) => {
    const name = items[at]?.metadata?.name ?? '';
    const metadata = { name, namespace };
    await administrator.remove({ apiVersion: 'v1', kind: 'Service', metadata });
    await administrator.remove({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata,
    });
  });
}

export interface ProxySync {
  readonly mode: string;
  readonly count: number;
  readonly meanMilliseconds: number;
  /** Changes of Services and endpoints that no sync has taken up yet. */
  readonly pending: number;
}

/** What kube-proxy on a node says of its own syncs, read on the node's loopback. */
export async function syncOf(administrator: Administrator, node: string): Promise<ProxySync> {
  const pod = `fairlead-e2e-host-${node}`;
  const get = (path: string) =>
    administrator.run(namespace, pod, ['wget', '-q', '-O-', `http://127.0.0.1:10249${path}`]);
  const metrics = await get('/metrics');
  const sum = (name: string) =>
    metrics
      .split('\n')
      .filter((line) => line.startsWith(`kubeproxy_${name}`))
      .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  const count = sum('sync_proxy_rules_duration_seconds_count');
  return {
    mode: await get('/proxyMode'),
    count,
    meanMilliseconds: (sum('sync_proxy_rules_duration_seconds_sum') / count) * 1000,
    pending:
      sum('sync_proxy_rules_service_changes_pending') +
      sum('sync_proxy_rules_endpoint_changes_pending'),
  };
}

async function dnsPodAddress(administrator: Administrator): Promise<string> {
  const { items } = await administrator.core.listNamespacedPod({
    namespace: 'kube-system',
    labelSelector: 'k8s-app=kube-dns',
  });
  const address = items.map(({ status }) => status?.podIP).find((ip) => ip !== undefined);
  if (address === undefined) throw new Error('no pod of the cluster’s DNS has an address');
  return address;
}

async function unlessThere(created: Promise<unknown>): Promise<void> {
  try {
    await created;
  } catch (error) {
    if ((error as { code?: number }).code !== 409) throw error;
  }
}

async function inParallel(count: number, work: (at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const one = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

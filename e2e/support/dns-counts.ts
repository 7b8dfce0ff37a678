import type { Administrator } from './administrator.js';

/** Questions that CoreDNS has been asked since it started, over all of its pods. */
export async function askedOfCoreDns({ core }: Administrator): Promise<number> {
  const namespace = 'kube-system';
  const { items } = await core.listNamespacedPod({ namespace, labelSelector: 'k8s-app=kube-dns' });
  let sum = 0;
  for (const { metadata } of items) {
    const request = { namespace, name: `${metadata?.name}:9153`, path: 'metrics' };
    sum += requestsIn(String(await core.connectGetNamespacedPodProxyWithPath(request)));
  }
  return sum;
}

/** The same of the server beyond the cluster; null where nobody counts there. */
export async function askedOfUpstream(metrics: string | undefined): Promise<number | null> {
  if (metrics === undefined) return null;
  return requestsIn(await (await fetch(metrics)).text());
}

function requestsIn(metrics: string): number {
  return metrics
    .split('\n')
    .filter((line) => line.startsWith('coredns_dns_requests_total'))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

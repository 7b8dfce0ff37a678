import type { KnownParameter } from '../catalogue.js';
import { duration, either, ipv4Address, whole, yesOrNo } from '../values.js';

const plugin = (name: string) => `https://coredns.io/plugins/${name}/`;
const nodeLocal = 'https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/';
const scaling = 'https://kubernetes.io/docs/tasks/administer-cluster/dns-horizontal-autoscaling/';

/** What a Corefile and CoreDNS’ Deployment decide, and NodeLocal DNSCache. Source: domain.md 4.3 to 4.5. */
export const corednsParameters: readonly KnownParameter[] = (
  [
    {
      name: 'coredns.cache.ttl',
      title: 'longest time for which an answer is cached; it caps, and never extends',
      unit: 'seconds',
      value: whole(1, 3600),
      source: plugin('cache'),
    },
    {
      name: 'coredns.cache.success.capacity',
      title: 'answers in the cache, at most',
      unit: 'entries',
      value: whole(1024, 1_048_576),
      source: plugin('cache'),
    },
    {
      name: 'coredns.cache.denial.capacity',
      title: 'answers that a name does not exist, in the cache, at most',
      unit: 'entries',
      value: whole(1024, 1_048_576),
      source: plugin('cache'),
    },
    {
      name: 'coredns.cache.prefetch.amount',
      title: 'lookups of a name within a minute after which it is fetched again before it expires',
      unit: 'lookups',
      value: whole(1, 1000),
      source: plugin('cache'),
    },
    {
      name: 'coredns.cache.serve_stale.duration',
      title: 'how long an expired answer may still be given',
      unit: 'duration',
      value: duration(0, 86_400),
      source: plugin('cache'),
    },
    {
      name: 'coredns.cache.servfail',
      title: 'how long a server failure is cached',
      unit: 'duration',
      value: duration(0, 300),
      source: plugin('cache'),
    },
    {
      name: 'coredns.autopath',
      title: 'the search path walked on the server: needs pods verified, which watches every pod',
      unit: 'choice',
      value: yesOrNo,
      source: plugin('autopath'),
    },
    {
      name: 'coredns.kubernetes.pods',
      title: 'answers for pods’ own names',
      unit: 'choice',
      value: either('disabled', 'insecure', 'verified'),
      source: plugin('kubernetes'),
    },
    {
      name: 'coredns.kubernetes.ttl',
      title: 'TTL of the cluster’s own names',
      unit: 'seconds',
      value: whole(0, 3600),
      source: plugin('kubernetes'),
    },
    {
      name: 'coredns.forward.max_concurrent',
      title: 'queries upstream at once, at most; more are answered with REFUSED',
      unit: 'queries',
      value: whole(100, 100_000),
      source: plugin('forward'),
    },
    {
      name: 'coredns.forward.policy',
      title: 'how an upstream server is picked',
      unit: 'choice',
      value: either('random', 'round_robin', 'sequential'),
      source: plugin('forward'),
    },
    {
      name: 'coredns.forward.transport',
      title: 'over what upstream servers are asked; TCP avoids losing datagrams',
      unit: 'choice',
      value: either('force_tcp', 'prefer_udp'),
      source: plugin('forward'),
    },
    {
      name: 'coredns.health.lameduck',
      title: 'how long a replica still answers after it was told to stop',
      unit: 'duration',
      value: duration(0, 60),
      source: plugin('health'),
    },
    {
      name: 'coredns.reload',
      title: 'how often the Corefile is looked at again',
      unit: 'duration',
      value: duration(2, 3600),
      source: plugin('reload'),
    },
    {
      name: 'coredns.replicas',
      title: 'replicas of CoreDNS; two writers on it oscillate',
      unit: 'replicas',
      value: whole(1, 100),
      source: scaling,
    },
    {
      name: 'coredns.autoscaler.minReplicas',
      title: 'replicas that the HPA keeps at least',
      unit: 'replicas',
      value: whole(1, 100),
      source: scaling,
      sinceKubernetes: '1.23',
    },
    {
      name: 'coredns.autoscaler.maxReplicas',
      title: 'replicas that the HPA makes at most',
      unit: 'replicas',
      value: whole(1, 200),
      source: scaling,
      sinceKubernetes: '1.23',
    },
    {
      name: 'coredns.autoscaler.cpuPercent',
      title: 'CPU of a replica that the HPA aims at, relative to what it requests',
      unit: 'percent of the request',
      value: whole(10, 200),
      source: scaling,
      sinceKubernetes: '1.23',
    },
    {
      name: 'node-local-dns.localAddress',
      title: 'link-local address on which the node’s own cache answers',
      unit: 'address',
      value: ipv4Address,
      source: nodeLocal,
      owner: 'node-local-dns',
    },
    {
      name: 'node-local-dns.installed',
      title: 'a DNS cache on every node, in front of CoreDNS',
      unit: 'choice',
      value: yesOrNo,
      source: nodeLocal,
      owner: 'node-local-dns',
    },
  ] as const
).map((parameter) => ({ owner: 'coredns', scope: 'cluster', cost: 'none', ...parameter }));

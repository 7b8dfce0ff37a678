import { describe, expect, it } from 'vitest';
import { localhostNodePortPackets, syncOf } from './metrics.js';

const duration = 'kubeproxy_sync_proxy_rules_duration_seconds';
const metrics = `# HELP ${duration} [ALPHA] SyncProxyRules latency in seconds
# TYPE ${duration} histogram
${duration}_bucket{ip_family="IPv4",le="0.001"} 0
${duration}_bucket{ip_family="IPv4",le="0.064"} 6
${duration}_bucket{ip_family="IPv4",le="0.128"} 8
${duration}_bucket{ip_family="IPv4",le="+Inf"} 8
${duration}_sum{ip_family="IPv4"} 0.4
${duration}_count{ip_family="IPv4"} 8
${duration}_bucket{ip_family="IPv6",le="0.001"} 2
${duration}_bucket{ip_family="IPv6",le="0.064"} 2
${duration}_bucket{ip_family="IPv6",le="0.128"} 2
${duration}_bucket{ip_family="IPv6",le="+Inf"} 2
${duration}_sum{ip_family="IPv6"} 0.001
${duration}_count{ip_family="IPv6"} 2
kubeproxy_network_programming_duration_seconds_bucket{le="0.25"} 3
kubeproxy_network_programming_duration_seconds_bucket{le="+Inf"} 4
kubeproxy_network_programming_duration_seconds_count 4
kubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family="IPv4"} 1.7900000005e+09
kubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family="IPv6"} 1.79e+09
kubeproxy_sync_proxy_rules_iptables_total{ip_family="IPv4",table="filter"} 10
kubeproxy_sync_proxy_rules_iptables_total{ip_family="IPv4",table="nat"} 40
kubeproxy_sync_proxy_rules_iptables_restore_failures_total 1
kubeproxy_iptables_localhost_nodeports_accepted_packets_total 7
go_goroutines 70
`;

describe('syncOf', () => {
  it('takes the families together and gives the bounds of buckets', () => {
    expect(syncOf(metrics)).toEqual({
      lastSeconds: 1_790_000_000.5,
      count: 10,
      meanMilliseconds: expect.closeTo(40.1, 5) as number,
      p50Milliseconds: 64,
      p99Milliseconds: 128,
      rules: 50,
      failures: 1,
    });
  });

  it('says nothing of what the metrics lack', () => {
    expect(syncOf('go_goroutines 70\nnot a metric')).toEqual({ lastSeconds: null, count: null });
  });
});

describe('localhostNodePortPackets', () => {
  it('is null where kube-proxy does not count them', () => {
    expect(localhostNodePortPackets(metrics)).toBe(7);
    expect(localhostNodePortPackets('')).toBeNull();
  });
});

import type { AgentAnswer } from '@fairlead/core';

type Sync = NonNullable<AgentAnswer<'read-kube-proxy'>['sync']>;

/** One line of Prometheus' text format: name, labels as they stand, value. */
const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$/;

const syncDuration = 'kubeproxy_sync_proxy_rules_duration_seconds';
const programming = 'kubeproxy_network_programming_duration_seconds';
const failureCounters = [
  'kubeproxy_sync_proxy_rules_iptables_restore_failures_total',
  'kubeproxy_sync_proxy_rules_nftables_sync_failures_total',
];

interface Histogram {
  count: number;
  sum: number;
  /** Upper bound in seconds → values at most as large, over all series of the histogram. */
  readonly buckets: Map<number, number>;
}

/**
 * What kube-proxy's metrics say of its syncs (domain.md 1.6). Series that differ in a label alone, as `ip_family`,
 * are taken together.
 *
 * @param text  Prometheus' text format
 */
export function syncOf(text: string): Sync {
  const totals = new Map<string, number>();
  const durations: Histogram = { count: 0, sum: 0, buckets: new Map() };
  const programmed: Histogram = { count: 0, sum: 0, buckets: new Map() };
  let last: number | null = null;
  for (const line of text.split('\n')) {
    const [, name = '', labels = '', number = ''] = sample.exec(line) ?? [];
    const value = Number(number);
    if (name === '' || !Number.isFinite(value)) continue;
    if (name === 'kubeproxy_sync_proxy_rules_last_timestamp_seconds') {
      last = Math.max(last ?? 0, value);
    } else if (name.startsWith(syncDuration)) {
      addTo(durations, name.slice(syncDuration.length), labels, value);
    } else if (name.startsWith(programming)) {
      addTo(programmed, name.slice(programming.length), labels, value);
    } else totals.set(name, (totals.get(name) ?? 0) + value);
  }
  const failures = failureCounters.flatMap((name) => totals.get(name) ?? []);
  const rules = totals.get('kubeproxy_sync_proxy_rules_iptables_total');
  return {
    lastSeconds: last,
    count: durations.buckets.size === 0 ? null : durations.count,
    ...(durations.count > 0 && {
      meanMilliseconds: (durations.sum / durations.count) * 1000,
      ...bound('p50Milliseconds', durations, 0.5),
      ...bound('p99Milliseconds', durations, 0.99),
    }),
    ...bound('networkProgrammingP99Milliseconds', programmed, 0.99),
    ...(rules !== undefined && { rules }),
    ...(failures.length > 0 && { failures: failures.reduce((sum, count) => sum + count, 0) }),
  };
}

/** Packets that came to a NodePort over 127.0.0.1 since kube-proxy started; null where it does not count them. */
export function localhostNodePortPackets(text: string): number | null {
  const name = 'kubeproxy_iptables_localhost_nodeports_accepted_packets_total';
  const values = text.split('\n').flatMap((line) => {
    const [, metric, , number] = sample.exec(line) ?? [];
    return metric === name ? [Number(number)] : [];
  });
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}

function addTo(histogram: Histogram, part: string, labels: string, value: number): void {
  if (part === '_sum') histogram.sum += value;
  else if (part === '_count') histogram.count += value;
  else if (part === '_bucket') {
    const bound = Number((/\ble="([^"]+)"/.exec(labels)?.[1] ?? '').replace('+Inf', 'Infinity'));
    if (Number.isNaN(bound)) return;
    histogram.buckets.set(bound, (histogram.buckets.get(bound) ?? 0) + value);
  }
}

/** The smallest bucket that holds the quantile; nothing when that is the one without an upper bound. */
function bound<N extends string>(
  name: N,
  { count, buckets }: Histogram,
  quantile: number,
): Partial<Record<N, number>> {
  if (count === 0) return {};
  const bounds = [...buckets.keys()].toSorted((a, b) => a - b);
  const found = bounds.find((seconds) => (buckets.get(seconds) ?? 0) >= quantile * count);
  if (found === undefined || found === Infinity) return {};
  return { [name]: found * 1000 } as Partial<Record<N, number>>;
}

import type { ProfileSettings } from '@fairlead/core';

/** Settings of each tuner for benchmarks; what a simulated cluster lacks, a plan refuses. */
export const settingsByTuner = {
  sysctl: {
    host: {
      'net.core.somaxconn': { value: 16_384 },
      'net.core.netdev_max_backlog': { atLeast: 4096 },
    },
  },
  conntrack: { maxEntries: 524_288, timeoutSeconds: { tcpTimeWait: 60 } },
  dns: { coredns: { cache: { ttlSeconds: 60 }, lameduckSeconds: 10 } },
  mtu: { podMtu: 1350 },
  'kube-proxy': { mode: 'nftables' },
} satisfies ProfileSettings;

import type { ProfileSettings } from '@fairlead/core';

/** Settings that change something on a simulated cluster, for benchmarks of every tuner. */
export const settingsByTuner = {
  sysctl: {
    host: {
      'net.core.somaxconn': { value: 16_384 },
      'net.core.netdev_max_backlog': { atLeast: 4096 },
    },
  },
  conntrack: { maxEntries: 524_288, timeoutSeconds: { tcpTimeWait: 60 } },
} satisfies ProfileSettings;

import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterFacts } from '@fairlead/core';
import type { Ring } from '@fairlead/queue';
import type { Doorbell } from '@fairlead/store';
import { pino } from 'pino';
import type { CheckCluster } from '../consumers/cluster-check.js';
import type { WorkerMetrics } from '../metrics.js';

export const silentLog = pino({ level: 'silent' });

/** A queue that remembers what was rung, and fails while told to. */
export class FakeQueue {
  readonly rings: Ring<Doorbell>[] = [];
  readonly overtaking: Ring<Doorbell>[] = [];
  isAway = false;

  async ring(
    rings: readonly Ring<Doorbell>[],
    options: { overtake?: boolean } = {},
  ): Promise<void> {
    await sleep(1);
    if (this.isAway) throw new Error('The queue is away.');
    const bare = rings.map(({ bell, subjectId }) => ({ bell, subjectId }));
    this.rings.push(...bare);
    if (options.overtake === true) this.overtaking.push(...bare);
  }
}

export const noMetrics: Pick<WorkerMetrics, 'rung' | 'jobMoved' | 'jobEnded'> = {
  rung: () => undefined,
  jobMoved: () => undefined,
  jobEnded: () => undefined,
};

export const someFacts: ClusterFacts = {
  version: '1.36.3',
  nodes: [],
  cni: 'flannel',
  proxyMode: 'iptables',
  proxyModeSource: 'ConfigMap kube-system/kube-proxy',
  missingPermissions: [],
  simulated: false,
};
export const someIdentity = { uid: 'uid-1', caSha256: 'ab' };
export const healthy: CheckCluster = async () => ({ facts: someFacts, identity: someIdentity });

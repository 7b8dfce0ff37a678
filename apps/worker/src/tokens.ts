import type { ClusterConnector, EnginePorts } from '@fairlead/core';
import type { DoorbellQueue } from '@fairlead/queue';
import type { Doorbell, Store } from '@fairlead/store';
import type { InjectionToken } from '@nestjs/common';
import type { CheckCluster } from './consumers/cluster-check.js';
import type { Log } from './log.js';
import type { WorkerMetrics } from './metrics.js';
import type { WorkerLife } from './worker-life.js';
import type { WorkerEnv } from './env.js';

/** A provider's name in Nest's container, with the type of what it stands for. */
export type Token<T> = InjectionToken<T> & symbol & { readonly provides?: T };

const token = <T>(name: string): Token<T> => Symbol(name);

export const tokens = {
  env: token<WorkerEnv>('env'),
  log: token<Log>('log'),
  secretKey: token<Buffer>('secret-key'),
  store: token<Store>('store'),
  queue: token<DoorbellQueue<Doorbell>>('queue'),
  metrics: token<WorkerMetrics>('metrics'),
  clusters: token<Clusters>('clusters'),
  engine: token<EnginePorts>('engine'),
  life: token<WorkerLife>('life'),
} as const;

/** The way to the clusters. */
export interface Clusters {
  readonly connector: ClusterConnector;
  readonly checkCluster: CheckCluster;
}

import type { JobState } from '@fairlead/core';
import type { BellCounts, HandlerRun } from '@fairlead/queue';
import type { Doorbell } from '@fairlead/store';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface WorkerMetrics {
  /** A job came into a state. */
  jobMoved(state: JobState): void;
  /** A job ended; seconds since it was created. */
  jobEnded(state: JobState, seconds: number): void;
  rung(bell: Doorbell, by: 'relay' | 'sweeper'): void;
  handlerRan(run: HandlerRun<Doorbell>): void;
  /** Requests to clusters' API servers. */
  clusterRequests(count: number): void;
  contentType: string;
  /** Prometheus text. What has to be asked for is asked now. */
  text(): Promise<string>;
}

export interface MetricSources {
  queueCounts(): Promise<Readonly<Record<Doorbell, BellCounts>>>;
}

const jobSeconds = [1, 5, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 14_400, 86_400];
const runSeconds = [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300, 1_800, 7_200];

/** Metrics of one worker, in a registry of their own. */
export function openMetrics(sources: MetricSources): WorkerMetrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  collectDefaultMetrics({ register: registry });

  const jobs = new Counter({
    name: 'fairlead_jobs_total',
    help: 'Moves of jobs by this worker, by the state they came into.',
    labelNames: ['state'],
    registers,
  });
  const jobTime = new Histogram({
    name: 'fairlead_job_seconds',
    help: 'Time from the creation of a job to the end it came to.',
    labelNames: ['state'],
    buckets: jobSeconds,
    registers,
  });
  const rings = new Counter({
    name: 'fairlead_queue_rings_total',
    help: 'Doorbells rung by this worker, by who rang.',
    labelNames: ['bell', 'by'],
    registers,
  });
  const outbox = new Counter({
    name: 'fairlead_outbox_rows_total',
    help: 'Outbox rows that this worker carried to the queue.',
    registers,
  });
  const runs = new Counter({
    name: 'fairlead_queue_runs_total',
    help: 'Handler runs of this worker, by what became of them.',
    labelNames: ['bell', 'outcome'],
    registers,
  });
  const runTime = new Histogram({
    name: 'fairlead_queue_run_seconds',
    help: 'Time that a handler ran.',
    labelNames: ['bell'],
    buckets: runSeconds,
    registers,
  });
  const requests = new Counter({
    name: 'fairlead_cluster_requests_total',
    help: "Requests of this worker to clusters' API servers.",
    registers,
  });
  new Gauge({
    name: 'fairlead_queue_rings',
    help: 'Doorbells in the queue of the whole installation, by state.',
    labelNames: ['bell', 'state'],
    registers,
    async collect() {
      this.reset();
      // A scrape must not fail with the queue: absent numbers say more than an absent scrape.
      const counts = await sources.queueCounts().catch(() => null);
      for (const [bell, { waiting, active, delayed }] of Object.entries(counts ?? {})) {
        this.set({ bell, state: 'waiting' }, waiting);
        this.set({ bell, state: 'active' }, active);
        this.set({ bell, state: 'delayed' }, delayed);
      }
    },
  });

  return {
    jobMoved: (state) => jobs.inc({ state }),
    jobEnded: (state, seconds) => jobTime.observe({ state }, seconds),
    rung(bell, by) {
      rings.inc({ bell, by });
      if (by === 'relay') outbox.inc();
    },
    handlerRan({ bell, outcome, seconds }) {
      runs.inc({ bell, outcome });
      runTime.observe({ bell }, seconds);
    },
    clusterRequests: (count) => requests.inc(count),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}

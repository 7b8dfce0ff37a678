import { expect, it } from 'vitest';
import { openMetrics } from './metrics.js';

const idle = { waiting: 0, active: 0, delayed: 0 };

it('counts what the worker does', async () => {
  const metrics = openMetrics({
    queueCounts: async () => ({
      'drive-job': { waiting: 2, active: 1, delayed: 0 },
      'check-cluster': idle,
      'observe-cluster': idle,
    }),
  });

  metrics.jobMoved('applying');
  metrics.jobMoved('applying');
  metrics.jobEnded('succeeded', 42);
  metrics.rung('drive-job', 'relay');
  metrics.rung('drive-job', 'sweeper');
  metrics.handlerRan({ bell: 'drive-job', subjectId: 'x', outcome: 'done', seconds: 1 });
  metrics.clusterRequests(7);
  const lines = (await metrics.text()).split('\n');

  expect(lines).toEqual(
    expect.arrayContaining([
      'fairlead_jobs_total{state="applying"} 2',
      'fairlead_job_seconds_sum{state="succeeded"} 42',
      'fairlead_queue_rings_total{bell="drive-job",by="relay"} 1',
      'fairlead_queue_rings_total{bell="drive-job",by="sweeper"} 1',
      'fairlead_outbox_rows_total 1',
      'fairlead_queue_runs_total{bell="drive-job",outcome="done"} 1',
      'fairlead_queue_rings{bell="drive-job",state="waiting"} 2',
      'fairlead_cluster_requests_total 7',
    ]),
  );
});

it('answers without the numbers of a queue that does not', async () => {
  const metrics = openMetrics({ queueCounts: () => Promise.reject(new Error('Away.')) });
  metrics.clusterRequests(1);

  const text = await metrics.text();

  expect(text).toContain('fairlead_cluster_requests_total 1');
  expect(text).not.toContain('fairlead_queue_rings{');
});

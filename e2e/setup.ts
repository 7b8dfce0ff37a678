import type { TestProject } from 'vitest/node';
import { findClusters, type TestCluster } from './support/clusters.js';

declare module 'vitest' {
  interface ProvidedContext {
    clusters: readonly TestCluster[];
    /** Ends the names of what is skipped: why there are no clusters; empty when there are. */
    missing: string;
    /** The lab's program, for tests that need a further cluster of it; empty when there is no lab. */
    lab: string;
  }
}

/** Finds or starts the clusters once for all files, and ends what it started. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { clusters, missing, lab, stop } = await findClusters(process.env);
  if (missing !== '') console.warn(`Real clusters: not available here (${missing}).`);
  project.provide('clusters', clusters);
  project.provide('missing', missing === '' ? '' : `: not available here (${missing})`);
  project.provide('lab', lab);
  return stop;
}

import type { AuditDraft } from '../../audit.js';
import { LeaseLost, NotFound } from '../../errors.js';
import { hasEnded, mayMove } from '../../job.js';
import type { Sample } from '../../sample.js';
import type { JournalEntry } from '../journal.js';
import type { Clock, JobCommit, JobLease, JobLedger, JobRecord } from '../ports.js';

/** A ledger in memory that keeps the store's promises: fenced, all or nothing, legal moves only. */
export class FakeLedger implements JobLedger {
  readonly jobs = new Map<string, JobRecord>();
  readonly journals = new Map<string, readonly JournalEntry[]>();
  readonly samples: Sample[] = [];
  readonly events: AuditDraft[] = [];
  readonly #clock: Clock;
  #lease: (JobLease & { readonly until: number }) | null = null;
  #fence = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  load(jobId: string): Promise<JobRecord> {
    const job = this.jobs.get(jobId);
    return job ? Promise.resolve(job) : Promise.reject(new NotFound('job', jobId));
  }

  patch(jobId: string, patch: Partial<JobRecord>): void {
    const job = this.jobs.get(jobId);
    if (job) this.jobs.set(jobId, { ...job, ...patch });
  }

  journal(jobId: string): Promise<readonly JournalEntry[]> {
    return Promise.resolve(this.journals.get(jobId) ?? []);
  }

  acquireLease(
    { jobId, clusterId }: { jobId: string; clusterId: string },
    holder: string,
    seconds: number,
  ): Promise<JobLease | null> {
    const now = this.#clock.now().getTime();
    const isFree = this.#lease === null || this.#lease.until <= now;
    if (!isFree) return Promise.resolve(null);
    this.#fence += 1;
    this.#lease = { jobId, clusterId, holder, fence: this.#fence, until: now + seconds * 1000 };
    return Promise.resolve(this.#lease);
  }

  renewLease(lease: JobLease, seconds: number): Promise<void> {
    if (this.#lease?.fence !== lease.fence) return Promise.reject(new LeaseLost('taken'));
    this.#lease = { ...lease, until: this.#clock.now().getTime() + seconds * 1000 };
    return Promise.resolve();
  }

  releaseLease(lease: JobLease, left: 'nothing' | 'something'): Promise<void> {
    if (this.#lease?.fence === lease.fence) this.#lease = null;
    if (left === 'nothing' && this.hasEnded(lease.jobId)) {
      this.patch(lease.jobId, { recheckAt: null });
    }
    return Promise.resolve();
  }

  /** What a worker that died leaves: its lease runs out. */
  expireLease(): void {
    this.#lease = null;
  }

  async commit(lease: JobLease, commit: JobCommit): Promise<void> {
    if (this.#lease?.fence !== lease.fence) throw new LeaseLost('taken');
    const job = await this.load(lease.jobId);
    if (commit.move !== undefined) {
      const { from, to } = commit.move;
      if (job.state !== from || !mayMove(from, to)) throw new Error(`illegal move ${from} → ${to}`);
    }
    const moved = commit.move && { state: commit.move.to, stateSince: this.#clock.now() };
    this.jobs.set(job.id, {
      ...job,
      ...moved,
      ...(commit.plan && { plan: commit.plan.plan, planHash: commit.plan.hash }),
      ...(commit.reversal && { reversal: commit.reversal }),
      ...(commit.problem !== undefined && { problem: commit.problem }),
      ...(commit.measureAttempt !== undefined && { measureAttempt: commit.measureAttempt }),
      ...(commit.settledFrom && { settledFrom: commit.settledFrom }),
      ...(commit.recheckAt !== undefined && { recheckAt: commit.recheckAt }),
    });
    const kept = commit.plan ? [] : (this.journals.get(job.id) ?? []);
    const news = commit.journal ?? [];
    this.journals.set(job.id, [
      ...kept.filter(({ changeId }) => !news.some((entry) => entry.changeId === changeId)),
      ...news,
    ]);
    this.samples.push(...(commit.samples ?? []));
    this.events.push(...commit.events);
  }

  hasEnded(jobId: string): boolean {
    const job = this.jobs.get(jobId);
    return job !== undefined && hasEnded(job.state);
  }
}

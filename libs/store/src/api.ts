import type {
  Actor,
  AuditDraft,
  ClusterCredentials,
  ClusterFacts,
  ClusterIdentity,
  JobLedger,
  JobProblem,
  JobRecord,
  JournalEntry,
  JsonObject,
  Measuring,
  ProfileSettings,
  Reversal,
  Role,
  Sample,
} from '@fairlead/core';

/** A page by keyset: newest first by id (UUIDv7), so that inserts never shift it. */
export interface PageRequest {
  readonly limit: number;
  /** The last id of the page before. */
  readonly after?: string;
}
export interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly next?: string;
}

export type ClusterState = 'registering' | 'ready' | 'unreachable' | 'refused';

export interface ClusterRow {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly endpoint: string;
  readonly state: ClusterState;
  readonly problem: JobProblem | null;
  readonly identity: ClusterIdentity | null;
  readonly facts: ClusterFacts | null;
  /** Grows by one with every edit by a user: the ETag. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When a worker last looked, whatever it found. */
  readonly checkedAt: Date | null;
}

export interface ProfileRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly revision: number;
  readonly settings: ProfileSettings;
  readonly createdAt: Date;
  readonly revisedAt: Date;
  readonly revisedBy: string;
}

export interface JobRow extends JobRecord {
  readonly profileId: string;
  readonly profileRevision: number;
  readonly journal: readonly JournalEntry[];
  readonly observedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly endedAt: Date | null;
  readonly version: number;
}

export interface ObservationRow {
  readonly tuner: string;
  readonly observation: JsonObject;
  readonly observedAt: Date;
}

export interface ApiKeyRow {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
}

/** An audit event in its place. `seq` has no gaps and grows in the order of commit, so it is the watch cursor too. */
export interface AuditRow {
  readonly seq: number;
  /** Of the bytes that the hash covers; 1 so far. */
  readonly schemaVersion: number;
  /** Whole milliseconds, so that nothing of the stored microseconds is lost. */
  readonly at: Date;
  readonly type: string;
  readonly actorKind: string;
  readonly actorId: string;
  readonly actorName: string;
  readonly actorRole: string;
  readonly subjectKind: string;
  readonly subjectId: string;
  readonly clusterId: string | null;
  readonly jobId: string | null;
  readonly data: JsonObject;
  readonly prevHash: string;
  readonly hash: string;
}

export interface AuditFilter {
  readonly jobId?: string;
  readonly clusterId?: string;
  readonly type?: string;
}

/** What a chain's check found. `firstBad` is null when every row is as it was written. */
export interface AuditVerification {
  readonly rows: number;
  readonly headSeq: number;
  readonly headHash: string;
  readonly firstBad: { readonly seq: number; readonly reason: string } | null;
}

/** Doorbells: names of queue jobs. A ring carries an id and no facts. */
export type Doorbell = 'drive-job' | 'check-cluster' | 'observe-cluster';

/** Repositories inside one transaction. Reads that a decision hangs on lock their row. */
export interface Tx {
  readonly clusters: {
    create(cluster: {
      readonly id: string;
      readonly name: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly credentials: ClusterCredentials;
    }): Promise<ClusterRow>;
    /** Throws NotFound. `lock` takes the row FOR UPDATE. */
    get(id: string, lock?: boolean): Promise<ClusterRow>;
    list(
      page: PageRequest,
      filter: { readonly label?: readonly string[] },
    ): Promise<Page<ClusterRow>>;
    update(
      id: string,
      patch: {
        readonly name?: string;
        readonly labels?: Readonly<Record<string, string>>;
        /** New credentials; a changed endpoint makes the old ones unusable in the same step. */
        readonly credentials?: ClusterCredentials;
      },
    ): Promise<ClusterRow>;
    /** Removes the row and its credentials; jobs and audit events stay. Throws Conflict while a job runs. */
    remove(id: string): Promise<void>;
    /** What a worker found; does not touch `version`. Pins the identity when there was none. */
    recordCheck(
      id: string,
      found: {
        readonly state: ClusterState;
        readonly problem: JobProblem | null;
        readonly facts?: ClusterFacts;
        readonly identity?: ClusterIdentity;
      },
    ): Promise<void>;
  };
  readonly observations: {
    latest(clusterId: string): Promise<readonly ObservationRow[]>;
    /** Of several clusters in one query; a cluster that nobody has observed is not in it. */
    latestOf(
      clusterIds: readonly string[],
    ): Promise<ReadonlyMap<string, readonly ObservationRow[]>>;
    put(clusterId: string, observations: Readonly<Record<string, JsonObject>>): Promise<void>;
  };
  readonly profiles: {
    create(profile: {
      readonly id: string;
      readonly name: string;
      readonly description: string;
      readonly settings: ProfileSettings;
      readonly actor: Actor;
    }): Promise<ProfileRow>;
    addRevision(
      id: string,
      settings: ProfileSettings,
      description: string | undefined,
      actor: Actor,
    ): Promise<ProfileRow>;
    /** The newest revision unless one is named. Throws NotFound. `lock` takes the profile's row. */
    get(id: string, revision?: number, lock?: boolean): Promise<ProfileRow>;
    list(page: PageRequest): Promise<Page<ProfileRow>>;
  };
  readonly jobs: {
    create(job: {
      readonly id: string;
      readonly clusterId: string;
      readonly profileId: string;
      readonly profileRevision: number;
      readonly settings: ProfileSettings;
      readonly measuring: Measuring;
      readonly approval: 'required' | 'not-required';
      readonly actor: Actor;
    }): Promise<JobRow>;
    get(id: string, lock?: boolean): Promise<JobRow>;
    list(
      page: PageRequest,
      filter: { readonly clusterId?: string; readonly state?: readonly string[] },
    ): Promise<Page<JobRow>>;
    approve(id: string, planHash: string): Promise<void>;
    requestCancel(id: string): Promise<void>;
    /** Moves an ended job to `reverting`. Throws PreconditionFailed from any state that allows no undo. */
    startUndo(id: string, reversal: Reversal): Promise<void>;
  };
  readonly samples: {
    /** Of the last try at each phase, in the order in which they were taken. */
    list(
      jobId: string,
      page: { readonly limit: number; readonly after?: string },
    ): Promise<Page<Sample>>;
  };
  readonly apiKeys: {
    create(key: {
      readonly id: string;
      readonly name: string;
      readonly role: Role;
      readonly hash: string;
    }): Promise<ApiKeyRow>;
    list(page: PageRequest): Promise<Page<ApiKeyRow>>;
    revoke(id: string): Promise<ApiKeyRow>;
    count(): Promise<number>;
  };
  readonly auditEvents: {
    /** By seq, ascending, after the given one. */
    after(seq: number, limit: number, filter: AuditFilter): Promise<readonly AuditRow[]>;
    head(): Promise<{ readonly seq: number; readonly hash: string }>;
  };
  /** Collected and appended to the chain as the last statement before the commit. */
  audit(event: AuditDraft): void;
  /** Rung after the commit, at least once; kept as an outbox row until then. */
  ring(bell: Doorbell, id: string): void;
}

export interface Command {
  readonly actor: Actor;
  /** Everything happens, is answered, and is rolled back. */
  readonly validateOnly?: boolean;
  /** One effect per actor and key for 24 hours; the same key with another fingerprint is a Conflict. */
  readonly idempotency?: {
    readonly key: string;
    readonly operation: string;
    readonly fingerprint: string;
  };
}

export interface OutboxRow {
  readonly id: number;
  readonly bell: Doorbell;
  readonly subjectId: string;
}

export interface Store {
  /** One transaction: work, outbox, audit, and the stored answer of an idempotent call. */
  command<T extends JsonObject>(
    command: Command,
    work: (tx: Tx) => Promise<T>,
  ): Promise<{ readonly response: T; readonly replayed: boolean }>;
  /** A read-only transaction. */
  read<T>(
    work: (
      tx: Pick<
        Tx,
        'clusters' | 'observations' | 'profiles' | 'jobs' | 'samples' | 'apiKeys' | 'auditEvents'
      >,
    ) => Promise<T>,
  ): Promise<T>;
  /** The holder of a key by the key's hash; null when unknown or revoked. Cached for seconds. */
  actorOfKey(hash: string): Promise<Actor | null>;
  /** Unsealed credentials. Throws Internal when the row was moved, altered or sealed by another key. */
  credentials(clusterId: string): Promise<{
    readonly credentials: ClusterCredentials;
    readonly identity: ClusterIdentity | null;
  }>;
  readonly ledger: JobLedger;
  readonly outbox: {
    /** Up to `limit` rows, locked against other relays while `deliver` runs, deleted when it returns. */
    relay(limit: number, deliver: (rows: readonly OutboxRow[]) => Promise<void>): Promise<number>;
    /** Jobs whose recheckAt has passed, and clusters whose check is overdue. */
    overdue(
      now: Date,
      limit: number,
    ): Promise<readonly { readonly bell: Doorbell; readonly subjectId: string }[]>;
  };
  readonly auditChain: {
    verify(options: {
      readonly fromSeq?: number;
      readonly signal?: AbortSignal;
    }): Promise<AuditVerification>;
    /** Every row in order, for an export. */
    stream(options: {
      readonly fromSeq?: number;
      readonly signal?: AbortSignal;
    }): AsyncIterable<AuditRow>;
  };
  /** Calls back soon after a commit that appended audit events or outbox rows (LISTEN), and on reconnects. */
  onCommit(listener: () => void): () => void;
  /** Removes idempotency keys that are past their 24 hours; returns how many. */
  purgeIdempotencyKeys(): Promise<number>;
  /** Throws when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

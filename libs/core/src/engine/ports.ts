import type { Actor } from '../actor.js';
import type { AgentAnswer, AgentOrder } from '../agent-protocol.js';
import type { AuditDraft } from '../audit.js';
import type { PathEdit } from '../change.js';
import type { JobProblem, JobState, Reversal } from '../job.js';
import type { Json, JsonObject } from '../json.js';
import type { ObjectRef, SeenObject } from '../objects.js';
import type { Plan } from '../plan.js';
import type { Measuring, ProfileSettings } from '../profile.js';
import type { Phase, Sample } from '../sample.js';
import type { ClusterReader } from '../tuner.js';
import type { JournalEntry } from './journal.js';

/** A job as its row says. */
export interface JobRecord {
  readonly id: string;
  readonly clusterId: string;
  readonly settings: ProfileSettings;
  readonly measuring: Measuring;
  readonly approval: 'required' | 'not-required';
  readonly state: JobState;
  readonly createdBy: Actor;
  readonly plan: Plan | null;
  readonly planHash: string | null;
  /** The hash that an approver saw; the plan runs only while it is the plan's own. */
  readonly approvedHash: string | null;
  readonly cancelRequested: boolean;
  readonly reversal: Reversal | null;
  readonly problem: JobProblem | null;
  /** When the job came into its state. */
  readonly stateSince: Date;
  /** How often the phase that is being measured, or was last, has been tried. */
  readonly measureAttempt: number;
  /** When the last change was verified; settling counts from here. */
  readonly settledFrom: Date | null;
  /** When a worker should look again. An ended job has one while something of it may be in the cluster. */
  readonly recheckAt: Date | null;
}

/** The right to write to a cluster: one holder at a time, each with a larger fence than the one before. */
export interface JobLease {
  readonly clusterId: string;
  readonly jobId: string;
  readonly holder: string;
  readonly fence: number;
}

/** Everything that one step of a job changes, written in one transaction or not at all. */
export interface JobCommit {
  readonly move?: { readonly from: JobState; readonly to: JobState };
  /** A new plan replaces the whole journal: `journal` then holds every entry of it. */
  readonly plan?: { readonly plan: Plan; readonly hash: string };
  readonly observations?: Readonly<Record<string, JsonObject>>;
  readonly reversal?: Reversal;
  /** Null clears it. */
  readonly problem?: JobProblem | null;
  readonly measureAttempt?: number;
  readonly settledFrom?: Date;
  readonly journal?: readonly JournalEntry[];
  readonly samples?: readonly Sample[];
  readonly events: readonly AuditDraft[];
  /** When a worker should look again, should this one be gone by then. */
  readonly recheckAt?: Date | null;
}

/** Where jobs live. Every write checks the lease's fence in its own transaction and throws LeaseLost. */
export interface JobLedger {
  load(jobId: string, signal: AbortSignal): Promise<JobRecord>;
  journal(jobId: string, signal: AbortSignal): Promise<readonly JournalEntry[]>;
  /** Null while somebody else holds the cluster. */
  acquireLease(
    job: { readonly jobId: string; readonly clusterId: string },
    holder: string,
    seconds: number,
  ): Promise<JobLease | null>;
  /** Throws LeaseLost. Moves the job's recheckAt along, so that the sweeper leaves a living worker alone. */
  renewLease(lease: JobLease, seconds: number): Promise<void>;
  /** `nothing` left in the cluster: an ended job needs no look again. */
  releaseLease(lease: JobLease, left: 'nothing' | 'something'): Promise<void>;
  commit(lease: JobLease, commit: JobCommit): Promise<void>;
}

/** An agent in a pod of its own on one node: the ends of a probe. */
export interface ProbeEnd {
  readonly node: string;
  readonly podAddress: string;
  /** ClusterIP of a Service whose only endpoint is this pod. */
  readonly serviceAddress: string;
  readonly port: number;
}

/** A live connection to one cluster, with the rights of one lease. */
export interface EngineCluster extends ClusterReader {
  /** Throws WrongCluster unless kube-system's UID and the CA are those that were registered. */
  checkIdentity(signal: AbortSignal): Promise<void>;
  /** Takes or renews the Lease object in the cluster. Throws Conflict when another installation holds it. */
  holdClusterLease(signal: AbortSignal): Promise<void>;
  releaseClusterLease(signal: AbortSignal): Promise<void>;

  /** Values and texts at the places that the edits name; pure parsing, in the port for its YAML library. */
  readEdits(object: SeenObject, edits: readonly PathEdit[]): EditReading;
  /**
   * Sets or deletes the values at the edits' paths, and whole texts where `texts` names a document.
   * Only if the object still has this uid and resourceVersion: otherwise throws ObjectChanged.
   */
  writeEdits(
    object: SeenObject,
    edits: readonly EditWrite[],
    texts: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<SeenObject>;
  /** Server-side apply as field manager `fairlead`, never forced. Throws Conflict naming the other manager. */
  applyObject(manifest: JsonObject, signal: AbortSignal): Promise<SeenObject>;
  /** Creates what was removed, without server-set fields. */
  recreateObject(object: SeenObject, signal: AbortSignal): Promise<SeenObject>;
  /** Waits until it is gone. Absent already is success. A different uid throws ObjectChanged. */
  removeObject(ref: ObjectRef, uid: string, signal: AbortSignal): Promise<void>;
  /**
   * Asks for the deletion of exactly the object with that uid, and does not wait for it. Absent already is success.
   * A different uid throws ObjectChanged.
   */
  requestRemoval(ref: ObjectRef, uid: string, signal: AbortSignal): Promise<void>;
  /**
   * Runs `kube-proxy --cleanup` on a node, with the program of the DaemonSet, and waits for its end: what kube-proxy made
   * in any mode is gone then, also that of the mode in force. Throws PreconditionFailed `cleanup-failed`.
   */
  cleanUpProxy(node: string, daemonSet: ObjectRef, signal: AbortSignal): Promise<void>;
  /** The annotation on the pod template by which we roll a workload; null when there is none. */
  restartToken(ref: ObjectRef, signal: AbortSignal): Promise<string | null>;
  /** Sets that annotation, or removes it when null: either rolls the workload. */
  setRestartToken(ref: ObjectRef, token: string | null, signal: AbortSignal): Promise<void>;
  /** Observed generation, updated, available. */
  rollout(
    ref: ObjectRef,
    signal: AbortSignal,
  ): Promise<{ readonly done: boolean; readonly message: string }>;

  /** SHA-512 of a UTF-8 text as lower-case hex; in the port since the engine has no crypto of its own. */
  sha512(text: string): string;
  askPod<D extends AgentOrder['do']>(
    node: string,
    order: Extract<AgentOrder, { do: D }>,
    signal: AbortSignal,
  ): Promise<AgentAnswer<D>>;
  /** Ends the agents in pods of their own on these nodes: what is asked there next is answered by new pods. */
  renewPods(nodes: readonly string[], signal: AbortSignal): Promise<void>;
  /** Ends for probes on at most `nodes` nodes, started when first asked for; and the cluster's DNS address. */
  probeEnds(
    nodes: number,
    signal: AbortSignal,
  ): Promise<{ readonly ends: readonly ProbeEnd[]; readonly dnsAddress: string | null }>;
  /** Ends the agents and removes all that was created for them. Safe to call twice. */
  stopAgents(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface EditReading {
  readonly values: readonly { readonly value?: Json }[];
  readonly texts: Readonly<Record<string, string>>;
}

/** Like PathEdit, with the value to write: absent deletes. */
export type EditWrite = Pick<PathEdit, 'document' | 'path'> & { readonly value?: Json };

export interface ClusterConnector {
  connect(
    clusterId: string,
    lease: Pick<JobLease, 'jobId' | 'fence' | 'holder'>,
    signal: AbortSignal,
  ): Promise<EngineCluster>;
}

export interface Clock {
  now(): Date;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** A place between two steps of the engine, for tests that end the process there. */
export type Checkpoint = (name: string) => Promise<void>;

/** What a phase's measuring yields. */
export interface Measured {
  readonly phase: Phase;
  readonly samples: readonly Sample[];
}

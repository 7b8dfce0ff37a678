import type { Change } from './change.js';
import { objectText } from './objects.js';
import type { BlastRadius, Plan, Refusal, Warning } from './plan.js';

type DraftChange = Change extends infer C ? (C extends Change ? Omit<C, 'tuner'> : never) : never;

/** Collects what a planner finds. A refusal leaves the finished plan without changes. */
export class PlanDraft {
  readonly #tuner: string;
  readonly #changes: Change[] = [];
  readonly #warnings: Warning[] = [];
  readonly #refusals: Refusal[] = [];
  readonly #notes: string[] = [];
  readonly #evidence: string[] = [];
  readonly #nodesRolled = new Set<string>();
  #podsRestarted = 0;
  #connections: BlastRadius['connections'] = 'none-cut';
  #connectionsCut: number | null = null;
  #dns: BlastRadius['dns'] = 'none';
  #survivesReboot = true;

  constructor(tuner: string) {
    this.#tuner = tuner;
  }

  add(change: DraftChange): void {
    this.#changes.push({ ...change, tuner: this.#tuner });
  }

  warn(code: string, message: string, nodes?: readonly string[]): void {
    this.#warnings.push({
      tuner: this.#tuner,
      code,
      message,
      ...(nodes && { nodes: nodes.toSorted() }),
    });
  }

  refuse(
    code: string,
    message: string,
    more: { nodes?: readonly string[]; patch?: string } = {},
  ): void {
    this.#refusals.push({
      tuner: this.#tuner,
      code,
      message,
      ...(more.nodes && { nodes: more.nodes.toSorted() }),
      ...(more.patch !== undefined && { patch: more.patch }),
    });
  }

  note(text: string): void {
    this.#notes.push(text);
  }

  restartsPods(count: number): void {
    this.#podsRestarted += count;
  }

  touchesConnections(how: BlastRadius['connections']): void {
    this.#connections = worse(this.#connections, how);
  }

  /** Connections that the changes cut, as counted in the observation; several calls add up. */
  cutsConnections(count: number): void {
    this.#connectionsCut = (this.#connectionsCut ?? 0) + count;
    if (count > 0) this.touchesConnections('some-cut');
  }

  /** Something that carries these nodes' traffic is restarted on them. */
  rollsNodes(names: readonly string[]): void {
    for (const name of names) this.#nodesRolled.add(name);
  }

  /** Lookups may fail or wait for a moment. */
  interruptsDns(): void {
    this.#dns = 'blip-expected';
  }

  /** What a figure of the blast radius rests on: a reading with its place, or a document's address. */
  evidence(text: string): void {
    if (!this.#evidence.includes(text)) this.#evidence.push(text);
  }

  lostAtReboot(): void {
    this.#survivesReboot = false;
  }

  get isRefused(): boolean {
    return this.#refusals.length > 0;
  }

  finish(): Plan {
    const changes = this.isRefused ? [] : this.#changes;
    return {
      changes,
      warnings: this.#warnings,
      refusals: this.#refusals,
      blastRadius: blastRadiusOf(
        changes,
        this.isRefused
          ? { ...untouched, notes: this.#notes, evidence: this.#evidence }
          : {
              podsRestarted: this.#podsRestarted,
              nodesRolled: [...this.#nodesRolled].toSorted(),
              connections: this.#connections,
              // Nothing to count where nothing is cut.
              connectionsCut: this.#connections === 'some-cut' ? this.#connectionsCut : 0,
              dns: this.#dns,
              survivesReboot: this.#survivesReboot,
              notes: this.#notes,
              evidence: this.#evidence,
            },
      ),
    };
  }
}

type Told = Omit<BlastRadius, 'nodesWritten' | 'objectsWritten' | 'workloadsRestarted'>;

const untouched = {
  podsRestarted: 0,
  nodesRolled: [],
  connections: 'none-cut',
  connectionsCut: 0,
  dns: 'none',
  survivesReboot: true,
} as const satisfies Omit<Told, 'notes' | 'evidence'>;

function blastRadiusOf(changes: readonly Change[], told: Told): BlastRadius {
  const nodes = new Set<string>();
  const objects = new Set<string>();
  const workloads = new Set<string>();
  for (const change of changes) {
    if (change.kind === 'node') for (const { node } of change.before) nodes.add(node);
    if (change.kind === 'edit' || change.kind === 'create' || change.kind === 'remove') {
      objects.add(objectText(change.object));
    }
    if (change.kind === 'restart') workloads.add(objectText(change.object));
  }
  return {
    nodesWritten: [...nodes].toSorted(),
    objectsWritten: [...objects].toSorted(),
    workloadsRestarted: [...workloads].toSorted(),
    ...told,
  };
}

const order = ['none-cut', 'new-delayed', 'some-cut'] as const;

function worse(a: BlastRadius['connections'], b: BlastRadius['connections']) {
  return order.indexOf(a) >= order.indexOf(b) ? a : b;
}

/**
 * Two tuners may restart one owner, and each records beforehand the kernel keys that the restart sets.
 * Only the first of them finds the originals; what a later one would record on the same node is the
 * first one's doing, and is left out.
 */
function withoutRepeatedOriginals(changes: readonly Change[]): Change[] {
  const recorded = new Set<string>();
  const kept: Change[] = [];
  for (const change of changes) {
    if (change.kind !== 'node') {
      kept.push(change);
      continue;
    }
    const isFollowing = change.decidedBy !== undefined;
    const before = change.before.filter(
      ({ node }) => !(isFollowing && recorded.has(`${change.key} ${node}`)),
    );
    for (const { node } of before) recorded.add(`${change.key} ${node}`);
    if (before.length > 0) kept.push({ ...change, before });
  }
  return kept;
}

/**
 * One plan out of the plans of a profile's tuners, in the order given (domain.md 8.1 decides it).
 * One refusal refuses the whole: half a profile was never asked for.
 */
export function joinPlans(plans: readonly Plan[]): Plan {
  const refused = plans.some((plan) => plan.refusals.length > 0);
  const changes = refused ? [] : withoutRepeatedOriginals(plans.flatMap((plan) => plan.changes));
  const radii = plans.map((plan) => plan.blastRadius);
  return {
    changes,
    warnings: plans.flatMap((plan) => plan.warnings),
    refusals: plans.flatMap((plan) => plan.refusals),
    blastRadius: blastRadiusOf(changes, {
      ...(refused ? untouched : joinedRadius(radii)),
      notes: radii.flatMap((radius) => radius.notes),
      evidence: [...new Set(radii.flatMap((radius) => radius.evidence))],
    }),
  };
}

function joinedRadius(radii: readonly BlastRadius[]): Omit<Told, 'notes' | 'evidence'> {
  const cut = radii.map((radius) => radius.connectionsCut);
  return {
    podsRestarted: radii.reduce((sum, radius) => sum + radius.podsRestarted, 0),
    nodesRolled: [...new Set(radii.flatMap((radius) => radius.nodesRolled))].toSorted(),
    connections: radii.map((radius) => radius.connections).reduce(worse, 'none-cut'),
    // One that nobody counted leaves the sum unknown.
    connectionsCut: cut.reduce<number | null>(
      (sum, count) => (sum === null || count === null ? null : sum + count),
      0,
    ),
    dns: radii.some(({ dns }) => dns === 'blip-expected') ? 'blip-expected' : 'none',
    survivesReboot: radii.every((radius) => radius.survivesReboot),
  };
}

import type { AgentLauncher, StartedAgent } from './agent-launcher.js';
import type { AgentKind, AgentSeat } from './agent-names.js';
import { untilAborted } from './until-aborted.js';

/** Which agents there are: one of a kind on a node, started when first needed and again when lost. */
export interface AgentRoster {
  /** A promise for each node, shared by everybody who asks. Throws LeaseLost. */
  agents(
    kind: AgentKind,
    nodes: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Promise<StartedAgent>>>;
  /** Agents that started, whether or not they still live. */
  started(): readonly StartedAgent[];
  /** Gives all agents up, those that are starting too. The next ask starts new ones. */
  clear(): void;
}

export interface RosterOptions {
  readonly jobId: string;
  readonly fence: number;
  readonly launcher: AgentLauncher;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

interface Slot {
  readonly agent: Promise<StartedAgent>;
  started: StartedAgent | null;
  failedAt: number | null;
}

/** An agent that could not start is not tried again at once: a tuner asks many things in a row. */
const failureKeptMilliseconds = 60_000;

export function agentRoster({ jobId, fence, launcher, now }: RosterOptions): AgentRoster {
  const slots = new Map<string, Slot>();
  const starts = new Map<string, number>();
  let running = new AbortController();
  let swept: Promise<void> | null = null;

  /** What an earlier worker left is gone before the first agent of ours starts. A failed sweep is tried anew. */
  async function sweep(signal: AbortSignal): Promise<void> {
    swept ??= launcher.removeAll(running.signal).catch((error: unknown) => {
      swept = null;
      throw error;
    });
    await untilAborted(swept, signal);
  }

  function needsStart(slot: Slot | undefined): boolean {
    if (slot === undefined) return true;
    if (slot.failedAt !== null) return now() - slot.failedAt > failureKeptMilliseconds;
    return slot.started !== null && !slot.started.channel.isOpen();
  }

  function takeSeat(kind: AgentKind, node: string): AgentSeat {
    const key = slotKey(kind, node);
    const start = starts.get(key) ?? 0;
    starts.set(key, start + 1);
    return { kind, node, jobId, fence, start };
  }

  function fill(kind: AgentKind, nodes: readonly string[]): void {
    const missing = nodes.filter((node) => needsStart(slots.get(slotKey(kind, node))));
    if (missing.length === 0) return;
    const seats = missing.map((node) => takeSeat(kind, node));
    for (const [seat, agent] of launcher.start(seats, running.signal)) {
      const slot: Slot = { agent, started: null, failedAt: null };
      agent.then(
        (started) => (slot.started = started),
        () => (slot.failedAt = now()),
      );
      slots.set(slotKey(kind, seat.node), slot);
    }
  }

  return {
    async agents(kind, nodes, signal) {
      await sweep(signal);
      const isAgain = (node: string) =>
        starts.has(slotKey(kind, node)) && needsStart(slots.get(slotKey(kind, node)));
      // Whoever lost the lease loses its agents, and must not start new ones to write through.
      if (nodes.some(isAgain)) await launcher.refuseIfNewer(signal);
      fill(kind, nodes);
      return new Map(
        nodes.flatMap((node) => {
          const slot = slots.get(slotKey(kind, node));
          return slot === undefined ? [] : [[node, slot.agent] as const];
        }),
      );
    },

    started: () =>
      [...slots.values()].flatMap(({ started }) => (started === null ? [] : [started])),

    clear() {
      running.abort();
      running = new AbortController();
      slots.clear();
      swept = null;
    },
  };
}

function slotKey(kind: AgentKind, node: string): string {
  return `${kind} ${node}`;
}

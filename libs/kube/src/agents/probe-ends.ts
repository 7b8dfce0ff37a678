import { agentEchoPort, DomainError, type ProbeEnd } from '@fairlead/core';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentLauncher, StartedAgent } from './agent-launcher.js';

export interface ProbeEndFactory {
  /** The end on an agent, with a Service of its own, made when first asked for. */
  (agent: StartedAgent, signal: AbortSignal): Promise<ProbeEnd>;
  /**
   * Waits until each end reaches every Service: kube-proxy on the nodes needs a moment to know a new
   * one, and that moment is none of the cluster's latency. Gives up after a while; the samples then
   * show what does not answer.
   */
  warmUp(
    ends: readonly ProbeEnd[],
    agents: readonly StartedAgent[],
    signal: AbortSignal,
  ): Promise<void>;
}

const warmMilliseconds = 20_000;
const pauseMilliseconds = 250;

export function probeEndFactory(launcher: AgentLauncher): ProbeEndFactory {
  const services = new Map<StartedAgent, Promise<string>>();
  const warm = new Set<string>();

  async function serviceOf(agent: StartedAgent, signal: AbortSignal): Promise<string> {
    const known = services.get(agent);
    if (known !== undefined) return await known;
    const created = launcher.createService(agent, signal);
    services.set(agent, created);
    created.catch(() => services.delete(agent));
    return await created;
  }

  async function warmPair(
    from: StartedAgent,
    to: ProbeEnd,
    deadline: number,
    signal: AbortSignal,
  ): Promise<void> {
    const pair = `${from.seat.node} ${from.podAddress} ${to.serviceAddress}`;
    while (!warm.has(pair) && performance.now() < deadline && from.channel.isOpen()) {
      if (await reaches(from, to, signal)) warm.add(pair);
      else await sleep(pauseMilliseconds, undefined, { signal });
    }
  }

  return Object.assign(
    async (agent: StartedAgent, signal: AbortSignal): Promise<ProbeEnd> => ({
      node: agent.seat.node,
      podAddress: agent.podAddress,
      serviceAddress: await serviceOf(agent, signal),
      port: agentEchoPort,
    }),
    {
      async warmUp(
        ends: readonly ProbeEnd[],
        agents: readonly StartedAgent[],
        signal: AbortSignal,
      ) {
        const deadline = performance.now() + warmMilliseconds;
        const froms = agents.filter(
          ({ seat, podAddress, channel }) =>
            seat.kind === 'pod' &&
            channel.isOpen() &&
            ends.some((end) => end.podAddress === podAddress),
        );
        await Promise.all(
          froms.flatMap((from) => ends.map((to) => warmPair(from, to, deadline, signal))),
        );
      },
    },
  );
}

async function reaches(
  { channel }: StartedAgent,
  to: ProbeEnd,
  signal: AbortSignal,
): Promise<boolean> {
  const target = { address: to.serviceAddress, port: to.port };
  const pacing = { count: 1, intervalMilliseconds: 0, timeoutMilliseconds: 500 };
  try {
    const probe = { type: 'tcp-crr', target, payloadBytes: 1, ...pacing } as const;
    const { attempts } = await channel.ask({ do: 'probe', probe }, signal);
    return attempts.some(({ milliseconds }) => milliseconds !== undefined);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DomainError) return false;
    throw error;
  }
}

import { AgentLost, DomainError, valueAt } from '@fairlead/core';
import type { ApiClient } from '../connection/api-client.js';
import { builtInPath } from '../objects/resources.js';
import { agentChannel, type AgentChannel } from './agent-channel.js';
import { fencesInCluster, removeAgents } from './agent-cleanup.js';
import { probeService, type AgentSettings } from './agent-manifests.js';
import { agentJobName, modeOf, type AgentSeat } from './agent-names.js';
import { startAgentPods, type AgentPod } from './agent-pods.js';
import { attach } from './attach.js';

/** An agent that said hello. */
export interface StartedAgent {
  readonly seat: AgentSeat;
  readonly channel: AgentChannel;
  readonly podAddress: string;
  readonly jobUid: string;
}

/** How agents come into the cluster and out of it; a session decides which and when. */
export interface AgentLauncher {
  /** One promise for each seat, settled on its own. Rejections are DomainErrors with a sentence. */
  start(
    seats: readonly AgentSeat[],
    signal: AbortSignal,
  ): ReadonlyMap<AgentSeat, Promise<StartedAgent>>;
  /** ClusterIP of a new Service whose only endpoint is the agent. It goes when the agent's Job goes. */
  createService(agent: StartedAgent, signal: AbortSignal): Promise<string>;
  /** Throws LeaseLost when a newer worker has agents there. */
  removeAll(signal: AbortSignal): Promise<void>;
  /** Throws LeaseLost when a newer worker has agents there. */
  refuseIfNewer(signal: AbortSignal): Promise<void>;
}

export interface LauncherOptions extends AgentSettings {
  readonly jobId: string;
  readonly fence: number;
  readonly startSeconds: number;
}

export function agentLauncher(api: ApiClient, options: LauncherOptions): AgentLauncher {
  async function greet(
    seat: AgentSeat,
    { pod, address, jobUid }: AgentPod,
    signal: AbortSignal,
  ): Promise<StartedAgent> {
    const stream = await attach(api, { namespace: options.namespace, name: pod }, signal);
    const channel = agentChannel(seat.node, stream);
    try {
      const hello = await channel.ask({ do: 'hello' }, signal);
      if (hello.node !== seat.node || hello.mode !== modeOf(seat.kind)) {
        throw new AgentLost(
          `What answers on ${seat.node} is not the agent that was started there.`,
        );
      }
    } catch (error) {
      channel.close();
      throw error instanceof DomainError ? error : new AgentLost('The agents were stopped.');
    }
    return { seat, channel, podAddress: address, jobUid };
  }

  return {
    start(seats, signal) {
      const pods = startAgentPods(api, options, seats, options.startSeconds, signal);
      return new Map(
        [...pods].map(([seat, pod]) => [seat, pod.then((ready) => greet(seat, ready, signal))]),
      );
    },

    async createService({ seat, jobUid }, signal) {
      const { namespace } = options;
      const manifest = probeService(seat, namespace);
      const owner = { apiVersion: 'batch/v1', kind: 'Job', name: agentJobName(seat), uid: jobUid };
      const metadata = { ...(manifest['metadata'] as object), ownerReferences: [owner] };
      const path = builtInPath({ apiVersion: 'v1', kind: 'Service', namespace });
      const doing = `create the Service of the agent on ${seat.node}`;
      const body = { ...manifest, metadata };
      const answer = await api.call({ method: 'POST', path, body, doing }, signal);
      const address = valueAt(answer.body, ['spec', 'clusterIP']);
      if (typeof address === 'string' && address !== '' && address !== 'None') return address;
      throw new AgentLost(`The Service of the agent on ${seat.node} got no address.`);
    },

    removeAll: (signal) => removeAgents(api, options, signal),

    async refuseIfNewer(signal) {
      await fencesInCluster(api, options, signal);
    },
  };
}

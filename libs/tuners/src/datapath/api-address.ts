import { listed } from '../by-text.js';
import type { Drafting } from './drafting.js';

/**
 * Whether agents that themselves handle Services reach the API server without one. Says no to the
 * Service's own address, and asks for a confirmation of any that is not the only API server's.
 *
 * @param host  null when the agents are told none
 * @param where object and field that tell it
 */
export function refuseApiAddress(
  drafting: Drafting,
  told: { readonly host: string; readonly where: string } | null,
  patch: string,
): void {
  const { plan, observed } = drafting;
  const { clusterIps, endpoints } = observed.api;
  if (told === null || told.host === '') {
    plan.refuse(
      'api-address-missing',
      'The agents reach the API server through its Service, which nobody would handle while they start. Set the address of the API server for them first.',
      { patch },
    );
    return;
  }
  if (clusterIps.includes(told.host)) {
    plan.refuse(
      'api-address-is-a-service',
      `${told.where} names ${told.host}, which is the API server’s Service. Set the address of the server itself, or of the load balancer before it.`,
      { patch },
    );
    return;
  }
  const isTheOnlyServer = endpoints.length === 1 && endpoints[0] === told.host;
  if (isTheOnlyServer) return;
  drafting.need(
    'api-address-is-stable',
    `${told.where} names ${told.host}, and every node has to reach the API server by it at any time (servers seen: ${endpoints.length === 0 ? 'none' : listed(endpoints)})`,
  );
}

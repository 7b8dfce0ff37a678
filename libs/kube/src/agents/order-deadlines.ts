import { pathSearchSeconds, type AgentOrder } from '@fairlead/core';

const answerSeconds = 15;

/**
 * Seconds within which an agent must have answered. A probe takes as long as its schedule, and at
 * worst every attempt of it waits out its timeout; the search for a path's MTU likewise.
 */
export function orderSeconds(order: AgentOrder): number {
  if (isLookIntoPods(order)) return 2 * answerSeconds;
  if (order.do === 'read-proxy-rules' || order.do === 'read-proxy-support')
    return 10 * answerSeconds;
  if (order.do === 'path-mtu') return answerSeconds + pathSearchSeconds(order);
  if (order.do !== 'probe') return answerSeconds;
  const { count, intervalMilliseconds, timeoutMilliseconds } = order.probe;
  return answerSeconds + (count * Math.max(intervalMilliseconds, timeoutMilliseconds)) / 1000;
}

/** A process in the namespace of every pod, one after the other. */
function isLookIntoPods(order: AgentOrder): boolean {
  return ['read-pod-keys', 'read-pod-resolvers', 'read-pod-links'].includes(order.do);
}

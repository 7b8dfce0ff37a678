import type { AgentOrder } from '@fairlead/core';

const answerSeconds = 15;

/**
 * Seconds within which an agent must have answered. A probe takes as long as its schedule, and at
 * worst every attempt of it waits out its timeout.
 */
export function orderSeconds(order: AgentOrder): number {
  if (order.do === 'read-pod-keys' || order.do === 'read-pod-resolvers') return 2 * answerSeconds;
  if (order.do === 'read-proxy-rules' || order.do === 'read-proxy-support')
    return 10 * answerSeconds;
  if (order.do !== 'probe') return answerSeconds;
  const { count, intervalMilliseconds, timeoutMilliseconds } = order.probe;
  return answerSeconds + (count * Math.max(intervalMilliseconds, timeoutMilliseconds)) / 1000;
}

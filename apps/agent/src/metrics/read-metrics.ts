import { get } from 'node:http';
import { createInterface } from 'node:readline';
import type { AgentAnswer, AgentOrder, MetricReading } from '@fairlead/core';
import { parseMetric } from './parse-metrics.js';

const timeoutMilliseconds = 5000;
/** More than any CoreDNS shows of the few names asked for; keeps the answer within one line. */
const readingsAtMost = 2000;

/** What a process shows of itself on `/metrics`, of the names asked for; null where nothing answers so. */
export function readMetrics(
  order: Extract<AgentOrder, { do: 'read-metrics' }>,
): Promise<AgentAnswer<'read-metrics'>> {
  const { address, port } = order.target;
  const names = new Set(order.names);
  const nowSeconds = Date.now() / 1000;
  return new Promise((resolve) => {
    const nothing = () => resolve({ nowSeconds, readings: null });
    const signal = AbortSignal.timeout(timeoutMilliseconds);
    const request = get({ host: address, port, path: '/metrics', signal }, (response) => {
      if (response.statusCode !== 200) {
        response.destroy();
        return nothing();
      }
      const readings: MetricReading[] = [];
      const lines = createInterface({ input: response });
      lines.on('line', (line) => {
        const reading = parseMetric(line);
        if (reading !== null && names.has(reading.name) && readings.length < readingsAtMost)
          readings.push(reading);
      });
      lines.on('close', () => (response.complete ? resolve({ nowSeconds, readings }) : nothing()));
      response.on('error', nothing);
    });
    request.on('error', nothing);
  });
}

import { get } from 'node:http';
import type { AgentAnswer } from '@fairlead/core';
import { syncOf } from './metrics.js';

const modeUrl = 'http://127.0.0.1:10249/proxyMode';
const metricsUrl = 'http://127.0.0.1:10249/metrics';
const healthUrl = 'http://127.0.0.1:10256/healthz';
/** Some hundred kilobytes as it is; what listens there may be anything. */
const metricsBytes = 4_194_304;

/** What kube-proxy says of itself: its mode and syncs on the metrics port, its health on the other. */
export async function readKubeProxy(): Promise<AgentAnswer<'read-kube-proxy'>> {
  const [mode, health, metrics] = await Promise.all([
    ask(modeUrl, 4096),
    ask(healthUrl, 4096),
    readMetrics(),
  ]);
  return {
    mode: mode?.status === 200 ? mode.text.trim() : null,
    healthy: health === null ? null : health.status === 200,
    sync: metrics === null ? null : syncOf(metrics),
  };
}

/** kube-proxy's metrics in Prometheus' text format; null when nothing answers there. */
export async function readMetrics(): Promise<string | null> {
  const metrics = await ask(metricsUrl, metricsBytes);
  return metrics?.status === 200 ? metrics.text : null;
}

function ask(url: string, bytes: number): Promise<{ status: number; text: string } | null> {
  return new Promise((resolve) => {
    const request = get(url, { timeout: 3000 }, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        if (length < bytes) chunks.push(chunk);
        length += chunk.length;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      );
      response.on('error', () => resolve(null));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(null));
  });
}

import { get } from 'node:http';
import type { AgentAnswer } from '@fairlead/core';

/** What kube-proxy says of itself: its mode on the metrics port, its health on the other. */
export async function readKubeProxy(): Promise<AgentAnswer<'read-kube-proxy'>> {
  const [mode, health] = await Promise.all([
    ask('http://127.0.0.1:10249/proxyMode'),
    ask('http://127.0.0.1:10256/healthz'),
  ]);
  return {
    mode: mode?.status === 200 ? mode.text.trim() : null,
    healthy: health === null ? null : health.status === 200,
  };
}

function ask(url: string): Promise<{ status: number; text: string } | null> {
  return new Promise((resolve) => {
    const request = get(url, { timeout: 3000 }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text = (text + chunk.toString()).slice(0, 4096)));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', () => resolve(null));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(null));
  });
}

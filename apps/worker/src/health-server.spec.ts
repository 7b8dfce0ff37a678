import { afterEach, describe, expect, it } from 'vitest';
import { startHealthServer, type HealthPorts, type HealthServer } from './health-server.js';

describe('health server', () => {
  let server: HealthServer | undefined;
  afterEach(() => server?.close());

  async function ask(path: string, ports: Partial<HealthPorts> = {}, method = 'GET') {
    server = await startHealthServer(
      { host: '127.0.0.1', port: 0 },
      {
        ready: () => Promise.resolve(),
        metrics: { contentType: 'text/plain; version=0.0.4', text: () => Promise.resolve('m 1\n') },
        ...ports,
      },
    );
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: await response.text(),
    };
  }

  it('is alive even while it cannot work', async () => {
    const ready = () => Promise.reject(new Error('No database.'));

    expect(await ask('/healthz', { ready })).toMatchObject({ status: 200, body: 'ok\n' });
  });

  it('is ready only while it can work, and says nothing about why not', async () => {
    expect(await ask('/readyz')).toMatchObject({ status: 200 });
    await server?.close();

    const ready = () => Promise.reject(new Error('password=s3cr3t'));
    expect(await ask('/readyz', { ready })).toEqual({
      status: 503,
      type: 'text/plain',
      body: 'not ready\n',
    });
  });

  it('is not ready while what it asks does not answer', async () => {
    const ready = () => new Promise<void>(() => undefined);

    expect(await ask('/readyz', { ready })).toMatchObject({ status: 503 });
  }, 10_000);

  it('gives metrics in the form that Prometheus reads', async () => {
    expect(await ask('/metrics')).toEqual({
      status: 200,
      type: 'text/plain; version=0.0.4',
      body: 'm 1\n',
    });
  });

  it('knows nothing else', async () => {
    expect(await ask('/')).toMatchObject({ status: 404 });
    await server?.close();
    expect(await ask('/metrics', {}, 'POST')).toMatchObject({ status: 405 });
  });
});

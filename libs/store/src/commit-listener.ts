import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

export interface CommitListener {
  onCommit(listener: () => void): () => void;
  close(): Promise<void>;
}

const firstPause = 100;
const longestPause = 5000;

/**
 * Hears the NOTIFY of every commit that appended events or outbox rows, on a connection of its own.
 * Notifications that came while it was away are lost, so listeners are called after each connect too.
 */
export function listenForCommits(
  config: pg.ClientConfig,
  onError: (error: Error) => void,
): CommitListener {
  const listeners = new Set<() => void>();
  const closing = new AbortController();
  const tell = () => {
    for (const listener of listeners) listener();
  };

  async function listenOnce(onReady: () => void): Promise<void> {
    const client = new pg.Client({ ...config, keepAlive: true });
    const { promise: lost, resolve: lose } = Promise.withResolvers<void>();
    client.on('error', onError);
    client.on('end', lose);
    client.on('notification', tell);
    const stop = () => lose();
    closing.signal.addEventListener('abort', stop);
    try {
      await client.connect();
      await client.query('LISTEN fairlead_commit');
      onReady();
      tell();
      await lost;
    } finally {
      closing.signal.removeEventListener('abort', stop);
      client.off('notification', tell);
      await client.end().catch(onError);
    }
  }

  async function listenOn(): Promise<void> {
    let pause = firstPause;
    while (!closing.signal.aborted) {
      await listenOnce(() => (pause = firstPause)).catch(onError);
      if (closing.signal.aborted) return;
      await sleep(pause, undefined, { signal: closing.signal }).catch(() => {});
      pause = Math.min(pause * 2, longestPause);
    }
  }

  const running = listenOn();
  return {
    onCommit(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}

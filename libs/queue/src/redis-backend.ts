import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { QueueBackend } from './backend.js';

/**
 * Opens BullMQ on Redis.
 *
 * @param prefix   of every key, so that installations can share a server
 * @param onError  told of connections that broke; the client connects again by itself
 */
export async function openRedisBackend(
  redisUrl: string,
  prefix: string,
  onError: (error: Error) => void,
): Promise<QueueBackend> {
  const shared = {
    connectTimeout: 10_000,
    keepAlive: 10_000,
    retryStrategy: reconnectMilliseconds,
  };
  // A ring fails soon, so that the relay rolls back and tries again; a worker waits for as long as it takes.
  const producer = new Redis(redisUrl, {
    ...shared,
    maxRetriesPerRequest: 2,
    commandTimeout: 10_000,
  });
  const consumer = new Redis(redisUrl, { ...shared, maxRetriesPerRequest: null });
  producer.on('error', onError);
  consumer.on('error', onError);
  const disconnect = () => {
    producer.disconnect();
    consumer.disconnect();
  };
  await producer.ping().catch((error: unknown) => {
    disconnect();
    throw error;
  });

  return {
    queue: (name) => new Queue(name, { connection: producer, prefix }),
    worker: (name, process, options) =>
      new Worker(name, process, { ...options, connection: consumer, prefix }),
    close: () => Promise.resolve(disconnect()),
  };
}

function reconnectMilliseconds(attempt: number): number {
  return Math.min(2_000, 100 * attempt);
}

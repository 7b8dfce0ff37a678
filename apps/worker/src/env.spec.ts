import { describe, expect, it } from 'vitest';
import { WorkerEnv } from './env.js';

const least = {
  FAIRLEAD_DATABASE_URL: 'postgres://fairlead@db/fairlead',
  FAIRLEAD_SECRET_KEY: 'a-key',
};

describe('WorkerEnv', () => {
  it('needs a database and a secret key, and has a default for all else', () => {
    expect(WorkerEnv.parse(least)).toEqual({
      databaseUrl: 'postgres://fairlead@db/fairlead',
      queue: { backend: 'postgres', redisUrl: undefined },
      secretKey: 'a-key',
      secretKeyFile: undefined,
      agentImage: 'fairlead-agent:0.1.0',
      ownNamespace: 'fairlead-system',
      allowedAddresses: [],
      concurrency: 16,
      leaseSeconds: 30,
      giveUpSeconds: 900,
      sweepSeconds: 5,
      health: { host: '127.0.0.1', port: 9464 },
      logLevel: 'info',
      crashAt: undefined,
    });
  });

  it('takes an empty variable as an absent one, and leaves those of others alone', () => {
    const env = WorkerEnv.parse({
      ...least,
      FAIRLEAD_REDIS_URL: '  ',
      FAIRLEAD_LEASE_SECONDS: '',
      PATH: '/bin',
    });

    expect([env.queue.redisUrl, env.leaseSeconds]).toEqual([undefined, 30]);
    expect(env).not.toHaveProperty('PATH');
  });

  it('reads ranges of addresses, both families, and refuses what is none', () => {
    const ranges = '127.0.0.0/8, fd00::/8';
    expect(
      WorkerEnv.parse({ ...least, FAIRLEAD_ALLOWED_ADDRESSES: ranges }).allowedAddresses,
    ).toEqual(['127.0.0.0/8', 'fd00::/8']);

    for (const wrong of [
      '10.0.0.0',
      '10.0.0.0/33',
      'fd00::/129',
      'cluster.local/8',
      '10.0.0.0/8/8',
      '10.0.0.0/-1',
    ]) {
      expect(problems({ FAIRLEAD_ALLOWED_ADDRESSES: wrong }), wrong).toEqual([
        'FAIRLEAD_ALLOWED_ADDRESSES',
      ]);
    }
  });

  it('wants one secret key, not none and not two', () => {
    expect(problems({ FAIRLEAD_SECRET_KEY: undefined })).toEqual(['FAIRLEAD_SECRET_KEY']);
    expect(problems({ FAIRLEAD_SECRET_KEY_FILE: '/run/key' })).toEqual(['FAIRLEAD_SECRET_KEY']);
    expect(
      problems({ FAIRLEAD_SECRET_KEY: undefined, FAIRLEAD_SECRET_KEY_FILE: '/run/key' }),
    ).toEqual([]);
  });

  it('wants an address of Redis when the queue is to be there', () => {
    expect(problems({ FAIRLEAD_QUEUE_BACKEND: 'redis' })).toEqual(['FAIRLEAD_REDIS_URL']);
    expect(
      problems({ FAIRLEAD_QUEUE_BACKEND: 'redis', FAIRLEAD_REDIS_URL: 'redis://r:6379' }),
    ).toEqual([]);
  });

  it('honours a crash point only where faults may be injected', () => {
    expect(problems({ FAIRLEAD_CRASH_AT: 'written:node' })).toEqual(['FAIRLEAD_CRASH_AT']);

    const crashAt = (point: string) =>
      WorkerEnv.parse({ ...least, FAIRLEAD_FAULT_INJECTION: '1', FAIRLEAD_CRASH_AT: point })
        .crashAt;
    expect(crashAt('written:node')).toEqual({ name: 'written:node', nth: 1 });
    expect(crashAt('left:applying#3')).toEqual({ name: 'left:applying', nth: 3 });
    expect(problems({ FAIRLEAD_FAULT_INJECTION: '1', FAIRLEAD_CRASH_AT: 'x#0' })).toEqual([
      'FAIRLEAD_CRASH_AT',
    ]);
  });

  it.each([
    ['FAIRLEAD_DATABASE_URL', 'mysql://db/fairlead'],
    ['FAIRLEAD_LEASE_SECONDS', '4'],
    ['FAIRLEAD_LEASE_SECONDS', 'thirty'],
    ['FAIRLEAD_WORKER_CONCURRENCY', '0'],
    ['FAIRLEAD_HEALTH_PORT', '65536'],
    ['FAIRLEAD_LOG_LEVEL', 'loud'],
    ['FAIRLEAD_OWN_NAMESPACE', 'Fairlead_System'],
  ])('refuses %s=%s, naming the variable', (variable, value) => {
    expect(problems({ [variable]: value })).toEqual([variable]);
  });
});

/** Variables that were refused. */
function problems(changes: Record<string, string | undefined>): string[] {
  const { error } = WorkerEnv.safeParse({ ...least, ...changes });
  return (error?.issues ?? []).map((issue) => String(issue.path[0]));
}

import { describe, expect, it } from 'vitest';
import { Env } from './env.js';

const least = {
  FAIRLEAD_DATABASE_URL: 'postgresql://u:p@127.0.0.1:5432/fairlead',
  FAIRLEAD_SECRET_KEY_FILE: '/data/key',
};

describe('Env', () => {
  it('listens on loopback alone unless told otherwise, and trusts no proxy', () => {
    expect(Env.parse(least)).toMatchObject({
      FAIRLEAD_HTTP_PORT: 8080,
      FAIRLEAD_GRPC_PORT: 9090,
      FAIRLEAD_LISTEN_ADDRESS: '127.0.0.1',
    });
    expect(Env.parse(least).FAIRLEAD_TRUST_PROXY).toBeUndefined();
  });

  it.each([
    ['no secret key', { FAIRLEAD_SECRET_KEY_FILE: undefined }],
    ['two secret keys', { FAIRLEAD_SECRET_KEY: 'x' }],
    ['another database', { FAIRLEAD_DATABASE_URL: 'mysql://x' }],
    ['a short admin key', { FAIRLEAD_ADMIN_KEY: 'admin' }],
    ['a port that is none', { FAIRLEAD_HTTP_PORT: '70000' }],
    ['a log level that is none', { FAIRLEAD_LOG_LEVEL: 'loud' }],
  ])('refuses to start with %s', (_what, change) => {
    expect(Env.safeParse({ ...least, ...change }).success).toBe(false);
  });
});

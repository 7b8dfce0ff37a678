import { expect, it } from 'vitest';
import { installationId } from './clusters.js';

it('names an installation by its key, the same in every worker, without giving the key away', () => {
  const [key, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];

  expect(installationId(key)).toBe(installationId(Buffer.from(key)));
  expect(installationId(key)).not.toBe(installationId(other));
  expect(installationId(key)).toMatch(/^[0-9a-f]{16}$/);
  expect(key.toString('hex')).not.toContain(installationId(key));
});

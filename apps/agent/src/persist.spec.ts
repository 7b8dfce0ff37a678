import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KernelFiles } from './keys/kernel-files.js';
import { persist } from './persist.js';

describe('persist', () => {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'fairlead-persist-'));
    await mkdir(join(root, 'core'));
    await writeFile(join(root, 'core/somaxconn'), '4096\n');
  });
  afterEach(async () => {
    await rm(root, { recursive: true });
  });
  const held = () => readFile(join(root, 'core/somaxconn'), 'utf8');

  it('sets keys whatever they hold', async () => {
    await persist(['net.core.somaxconn=8192'], new KernelFiles(root));

    expect(await held()).toBe('8192\n');
  });

  it('keeps an equals sign and blanks of a value', async () => {
    await persist(['net.core.somaxconn=a=b  c'], new KernelFiles(root));

    expect(await held()).toBe('a=b c\n');
  });

  it.each(['net.core.somaxconn', '=1', 'kernel.panic=1', 'net.core.nope=1'])(
    'refuses %s before it writes anything',
    async (pair) => {
      const done = persist(['net.core.somaxconn=8192', pair], new KernelFiles(root));

      await expect(done).rejects.toThrow('not a key of the list');
      expect(await held()).toBe('4096\n');
    },
  );

  it('fails where the node lacks a key', async () => {
    const done = persist(['net.core.netdev_max_backlog=5000'], new KernelFiles(root));

    await expect(done).rejects.toThrow('does not exist on this node');
  });
});

import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kernelKeyNames, type KernelKeyName } from '@fairlead/core';
import { KernelFiles } from './kernel-files.js';

const key = 'net.core.somaxconn';

describe('KernelFiles', () => {
  let root = '';
  let keys = new KernelFiles('/');
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'fairlead-keys-'));
    keys = new KernelFiles(root);
  });
  afterEach(async () => {
    await rm(root, { recursive: true });
  });

  async function put(path: string, text: string): Promise<string> {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  }

  it('writes where the key holds what was expected, and reads back', async () => {
    const file = await put('core/somaxconn', '4096\n');

    const answer = await keys.write(key, '8192', ['4096']);

    expect(answer).toEqual({ found: '4096', written: true, now: '8192' });
    expect(await readFile(file, 'utf8')).toBe('8192\n');
  });

  it('leaves a value alone that nobody expected', async () => {
    const file = await put('core/somaxconn', '5000\n');

    const answer = await keys.write(key, '8192', ['4096', '8192']);

    expect(answer).toEqual({ found: '5000', written: false, now: '5000' });
    expect(await readFile(file, 'utf8')).toBe('5000\n');
  });

  it('counts a value that is already there as written', async () => {
    await put('core/somaxconn', '8192\n');

    expect(await keys.write(key, '8192', ['4096', '8192'])).toEqual({
      found: '8192',
      written: true,
      now: '8192',
    });
  });

  it('compares fields and not the blanks between them', async () => {
    await put('ipv4/tcp_rmem', '4096\t131072\t6291456\n');

    const answer = await keys.write('net.ipv4.tcp_rmem', '4096  131072 16777216', [
      '4096 131072 6291456',
    ]);

    expect(answer).toEqual({
      found: '4096 131072 6291456',
      written: true,
      now: '4096 131072 16777216',
    });
  });

  it('lets one of two writers win that expect the same value', async () => {
    await put('core/somaxconn', '4096\n');

    const answers = await Promise.all([
      keys.write(key, '5000', ['4096']),
      keys.write(key, '6000', ['4096']),
    ]);

    expect(answers.map(({ written }) => written)).toEqual([true, false]);
    expect((await keys.read(key)).value).toBe('5000');
  });

  it('goes on after a write that failed', async () => {
    const absent = keys.write(key, '1', ['0']);
    await expect(absent).rejects.toMatchObject({ code: 'key-absent' });
    await put('core/somaxconn', '0\n');

    expect((await keys.write(key, '1', ['0'])).now).toBe('1');
  });

  it('tells an absent key by null and makes none', async () => {
    expect(await keys.read(key)).toEqual({ key, value: null, writable: false });
    await expect(keys.write(key, '1', ['0'])).rejects.toMatchObject({ code: 'key-absent' });
    await expect(readFile(join(root, 'core/somaxconn'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('changes nothing by asking whether it could', async () => {
    const file = await put('core/somaxconn', '4096\n');

    expect(await keys.read(key)).toEqual({ key, value: '4096', writable: true });
    expect(await readFile(file, 'utf8')).toBe('4096\n');
  });

  it('does not call a key writable that the kernel lets only CAP_NET_ADMIN write', async () => {
    await put('core/default_qdisc', 'pfifo_fast\n');
    const qdisc = 'net.core.default_qdisc';
    const asked = async (mayUseNetAdmin: boolean) =>
      (await new KernelFiles(root, () => Promise.resolve(mayUseNetAdmin)).read(qdisc)).writable;

    expect(await asked(false)).toBe(false);
    expect(await asked(true)).toBe(true);
  });

  it('never follows a link out of the kernel’s folder', async () => {
    const target = await put('elsewhere', '4096\n');
    await mkdir(join(root, 'core'));
    await symlink(target, join(root, 'core/somaxconn'));

    await expect(keys.read(key)).rejects.toMatchObject({ code: 'key-unreadable' });
    await expect(keys.write(key, '1', ['4096'])).rejects.toMatchObject({ code: 'key-unreadable' });
    expect(await readFile(target, 'utf8')).toBe('4096\n');
  });

  it.each([
    'kernel.core_pattern',
    'net.core.bpf_jit_enable',
    'net/../../etc/passwd',
    'net.ipv4.tcp_mem',
  ])('refuses to write %s, whoever asks', async (name) => {
    await expect(keys.write(name as KernelKeyName, '1', ['0'])).rejects.toThrow();
  });

  it('says of every key of this machine what it holds without changing it', async () => {
    const own = new KernelFiles('/proc/sys/net');
    const read = () => Promise.all(kernelKeyNames.map((name) => own.read(name)));

    const [first, second] = [await read(), await read()];

    expect(second).toEqual(first);
    expect(first.find((reading) => reading.key === key)?.value).toMatch(/^\d+$/);
  });
});

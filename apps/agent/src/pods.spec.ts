import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isOfPod, processesOf } from './pods.js';

const uid = '3f0c9a52-8a5e-4d5b-9a60-0f7f1f1f2a11';
const other = '9d1e0b7c-0000-4d5b-9a60-0f7f1f1f2a11';
const cgroupfs1 = `12:pids:/kubepods/burstable/pod${uid}/0a1b\n11:memory:/kubepods/burstable/pod${uid}/0a1b\n`;
const cgroupfs2 = `0::/kubepods/besteffort/pod${uid}/0a1b\n`;
const systemd = `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${uid.replaceAll('-', '_')}.slice/cri-containerd-0a1b.scope\n`;

describe('isOfPod', () => {
  it.each([
    ['cgroup v1', cgroupfs1],
    ['cgroup v2 by cgroupfs', cgroupfs2],
    ['cgroup v2 by systemd', systemd],
  ])('knows a pod by its UID in %s', (_how, groups) => {
    expect(isOfPod(groups, uid)).toBe(true);
    expect(isOfPod(groups, other)).toBe(false);
  });
});

describe('processesOf', () => {
  let proc = '';
  beforeEach(async () => {
    proc = await mkdtemp(join(tmpdir(), 'fairlead-pids-'));
  });
  afterEach(async () => {
    await rm(proc, { recursive: true });
  });

  async function put(pid: string, groups: string | null): Promise<void> {
    await mkdir(join(proc, pid));
    if (groups !== null) await writeFile(join(proc, pid, 'cgroup'), groups);
  }

  it('takes the first process of each pod and leaves out pods without one', async () => {
    await put('1', '0::/init.scope\n');
    await put('1000', systemd);
    await put('999', systemd);
    await put('net', systemd);

    const found = await processesOf([uid, other], proc);

    expect([...found]).toEqual([[uid, '999']]);
  });

  it('passes over a process that ends meanwhile', async () => {
    await put('10', null);
    await put('11', cgroupfs1);

    expect([...(await processesOf([uid], proc))]).toEqual([[uid, '11']]);
  });
});

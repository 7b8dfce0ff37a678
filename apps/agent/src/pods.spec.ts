import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasHostsOf, isOfPod, processesOf } from './pods.js';

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

/** As containerd's runc leaves it for a container of the pod, with a kubelet that has cgroupsPerQOS off. */
const ofContainer = `814 702 0:58 / / ro,relatime - overlay overlay rw
873 814 254:0 /var/lib/kubelet/pods/${uid}/etc-hosts /etc/hosts rw,relatime - ext4 /dev/vda rw
874 817 254:0 /var/lib/kubelet/pods/${uid}/containers/b/fd0bb5b2 /dev/termination-log rw,relatime - ext4 /dev/vda rw
`;
const ofHostViewer = `814 702 254:0 / /host ro,relatime - ext4 /dev/vda rw
873 814 0:61 / /host/var/lib/kubelet/pods/${uid}/volumes/kubernetes.io~projected/token rw - tmpfs tmpfs rw
874 814 254:0 /var/lib/kubelet/pods/${other}/etc-hosts /etc/hosts rw,relatime - ext4 /dev/vda rw
`;

describe('hasHostsOf', () => {
  it('knows a container by the hosts file that the kubelet mounts into it', () => {
    expect(hasHostsOf(ofContainer, uid)).toBe(true);
    expect(hasHostsOf(ofContainer, other)).toBe(false);
  });

  it('takes a container that shows the files of the host for itself alone', () => {
    expect(hasHostsOf(ofHostViewer, uid)).toBe(false);
    expect(hasHostsOf(ofHostViewer, other)).toBe(true);
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

  it('finds a pod by its mounts where control groups do not name it', async () => {
    await put('20', '0::/k8s.io/0a1b\n');
    await put('21', '0::/k8s.io/2c3d\n');
    await writeFile(join(proc, '21', 'mountinfo'), ofContainer);

    expect([...(await processesOf([uid], proc))]).toEqual([[uid, '21']]);
  });

  it('passes over a process that ends meanwhile', async () => {
    await put('10', null);
    await put('11', cgroupfs1);

    expect([...(await processesOf([uid], proc))]).toEqual([[uid, '11']]);
  });
});

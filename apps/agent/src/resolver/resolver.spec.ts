import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPodResolvers } from './pod-resolvers.js';
import { parseResolvConf } from './resolv-conf.js';

const text = `# by the kubelet
search shop.svc.cluster.local svc.cluster.local cluster.local
nameserver 10.96.0.10
options ndots:5 edns0 ; the usual
`;
const reading = {
  nameservers: ['10.96.0.10'],
  searches: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
  options: ['ndots:5', 'edns0'],
};

describe('parseResolvConf', () => {
  it('reads servers, search path and options', () => {
    expect(parseResolvConf(text)).toEqual(reading);
  });

  it('lets the last search path count', () => {
    expect(parseResolvConf('search a b\nsearch c\n').searches).toEqual(['c']);
  });
});

describe('readPodResolvers', () => {
  const uid = '3f0c9a52-8a5e-4d5b-9a60-0f7f1f1f2a11';
  const other = '9d1e0b7c-0000-4d5b-9a60-0f7f1f1f2a11';
  let proc: string;
  beforeEach(async () => (proc = await mkdtemp(join(tmpdir(), 'fairlead-proc-'))));
  afterEach(() => rm(proc, { recursive: true }));

  async function aProcess(pid: string, podUid: string): Promise<string> {
    const root = join(proc, pid, 'root');
    await mkdir(join(root, 'lib'), { recursive: true });
    await writeFile(join(proc, pid, 'cgroup'), `0::/kubepods/besteffort/pod${podUid}/0a1b\n`);
    return root;
  }

  it('reads the file of a pod, and finds its C library', async () => {
    await aProcess('10', uid);
    const root = await aProcess('11', uid);
    await mkdir(join(root, 'etc'));
    await writeFile(join(root, 'etc/resolv.conf'), text);
    await writeFile(join(root, 'lib/ld-musl-x86_64.so.1'), '');

    expect(await readPodResolvers([uid, other], proc)).toEqual({
      pods: [
        { podUid: uid, resolver: reading, libc: 'musl' },
        { podUid: other, resolver: null, libc: null },
      ],
    });
  });

  it('follows no link out of a container’s root', async () => {
    const root = await aProcess('11', uid);
    await mkdir(join(root, 'etc'));
    await writeFile(join(proc, 'secret'), text);
    await symlink(join(proc, 'secret'), join(root, 'etc/resolv.conf'));

    const { pods } = await readPodResolvers([uid], proc);

    expect(pods).toEqual([{ podUid: uid, resolver: null, libc: 'other' }]);
  });
});

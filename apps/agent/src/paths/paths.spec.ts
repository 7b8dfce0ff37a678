import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { networkInterfaces } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { linkNames, mtuOf, readLinks } from './links.js';
import { PathListener } from './listen.js';
import { answerTo, leastProbeBytes, probeMessage, saysArrived } from './path-message.js';
import { pathMtu, searchPath } from './path-mtu.js';
import { socketAddress } from './whole-datagrams.js';

const token = '00112233445566778899aabbccddeeff';
const pace = { attempts: 2, timeoutMilliseconds: 100 };
const own = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

const require = createRequire(import.meta.url);
const hasKoffi = isInstalled(`@koromix/koffi-linux-${process.arch}`);
const missing = hasKoffi ? '' : ': not available here (koffi is not installed, run npm ci)';

function isInstalled(name: string): boolean {
  try {
    return require.resolve(name) !== '';
  } catch {
    return false;
  }
}

function aListener(): PathListener {
  const listener = new PathListener(0);
  onTestFinished(() => listener.close());
  return listener;
}

describe.skipIf(!hasKoffi)(`searchPath${missing}`, () => {
  it('finds that a packet of the size asked for arrives, over IPv4', async () => {
    const [target] = await aListener().listen(['127.0.0.1'], 10);
    if (target === undefined) throw new Error('loopback is there');

    const path = await searchPath(target, {
      do: 'path-mtu',
      targets: [target],
      ceilingBytes: 9000,
      ...pace,
    });

    expect(path).toMatchObject({
      address: '127.0.0.1',
      from: '127.0.0.1',
      link: 'lo',
      passesBytes: 9000,
      stoppedBy: 'ceiling',
    });
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
    list?.some(({ address }) => address === '::1'),
  );
  it.skipIf(!hasIpv6)('does the same over IPv6', async () => {
    const [target] = await aListener().listen(['::1'], 10);
    if (target === undefined) throw new Error('loopback is there');

    const path = await searchPath(target, {
      do: 'path-mtu',
      targets: [target],
      ceilingBytes: 1500,
      ...pace,
    });

    expect(path).toMatchObject({ from: '::1', passesBytes: 1500, stoppedBy: 'ceiling' });
  });

  it('claims nothing of a path on which nobody answers', async () => {
    const target = { address: '127.0.0.1', port: 9, token };

    const path = await searchPath(target, {
      do: 'path-mtu',
      targets: [target],
      ceilingBytes: 1500,
      attempts: 1,
      timeoutMilliseconds: 20,
    });

    expect(path).toMatchObject({ passesBytes: null, stoppedBy: 'no-answer' });
  });
});

describe('pathMtu', () => {
  it('probes no way to itself', async () => {
    const targets = [{ address: '127.0.0.1', port: 9, token }];

    expect(await pathMtu({ do: 'path-mtu', targets, ceilingBytes: 1500, ...pace })).toEqual([]);
  });
});

describe('PathListener', () => {
  it('listens at addresses of its own alone, and goes on when asked again', async () => {
    const listener = aListener();

    const first = await listener.listen(['127.0.0.1', '192.0.2.1'], 10);
    const again = await listener.listen(['127.0.0.1'], 10);

    expect(first.map(({ address }) => address)).toEqual(['127.0.0.1']);
    expect(again).toEqual(first);
  });

  it('answers no datagram that lacks its token', async () => {
    const [target] = await aListener().listen(['127.0.0.1'], 10);
    const socket = createSocket('udp4');
    onTestFinished(() => void socket.close());
    const answers: Buffer[] = [];
    socket.on('message', (answer) => answers.push(answer));

    socket.send(probeMessage(token, 1, 200), target?.port ?? 0, '127.0.0.1');
    socket.send(probeMessage(target?.token ?? '', 2, 200), target?.port ?? 0, '127.0.0.1');
    await once(socket, 'message');

    expect(answers.map((answer) => answer.readUInt32BE(16))).toEqual([2]);
  });
});

describe('what a probe carries', () => {
  it('is answered with fewer bytes than it has', () => {
    const probe = probeMessage(token, 7, 1400);
    const answer = answerTo(probe, token);

    expect(answer?.length).toBe(leastProbeBytes);
    expect(answer !== null && saysArrived(answer, probe)).toBe(true);
  });

  it('counts as arrived only with all of its bytes and its own number', () => {
    const probe = probeMessage(token, 7, 1400);
    const answerOf = (message: Buffer) => answerTo(message, token) ?? Buffer.alloc(0);

    expect(saysArrived(answerOf(probeMessage(token, 7, 1300)), probe)).toBe(false);
    expect(saysArrived(answerOf(probeMessage(token, 6, 1400)), probe)).toBe(false);
    expect(answerTo(Buffer.alloc(10), token)).toBeNull();
  });
});

describe.skipIf(!hasKoffi)(`readLinks${missing}`, () => {
  it('tells the MTU of each link but loopback', async () => {
    const links = await readLinks();

    expect(links.map(({ name }) => name)).not.toContain('lo');
    for (const { mtuBytes } of links) expect(mtuBytes).toBeGreaterThanOrEqual(68);
    if (own !== undefined) expect(links.flatMap(({ addresses }) => addresses)).toContain(own);
  });

  it('finds names of links in the table of the kernel', () => {
    const table = `Inter-|   Receive\n face |bytes\n    lo: 1 2\ncni0:12 3\n  eth0.100: 5\n`;

    expect(linkNames(table)).toEqual(['lo', 'cni0', 'eth0.100']);
  });

  it('knows no MTU of a link that is not there', () => {
    expect(mtuOf('no-such-link')).toBeNull();
  });
});

describe('socketAddress', () => {
  it.each([
    ['10.0.0.1', 80, '0200 0050 0a000001 0000000000000000'],
    ['fd00::1:2', 443, '0a00 01bb 00000000 fd00000000000000000000000001 0002 00000000'],
    ['::ffff:10.0.0.1', 1, '0a00 0001 00000000 00000000000000000000ffff0a000001 00000000'],
  ])('writes %s as the kernel reads it', (address, port, bytes) => {
    expect(socketAddress(address, port).toString('hex')).toBe(bytes.replaceAll(' ', ''));
  });
});

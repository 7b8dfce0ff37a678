import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Child } from './child.js';
import { requireFreePort } from './free-port.js';
import { endLeftOver, recordProcesses } from './left-over.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

function aProgram(code: string): string {
  const file = join(folder, `standalone-part-${Math.random().toString(36).slice(2)}.mjs`);
  writeFileSync(file, code);
  return file;
}

const aChild = (code: string) =>
  new Child({ name: 'part', program: aProgram(code), logs: folder, env: { GIVEN: 'yes' } });

const untilDone = (process: ChildProcess) =>
  (process.exitCode ?? process.signalCode) === null ? once(process, 'exit') : null;

describe('requireFreePort', () => {
  it('names the port, what it is for, and the variable by which to move it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    await expect(requireFreePort(port, 'REST', 'FAIRLEAD_HTTP_PORT')).rejects.toThrow(
      `Port ${port}, for REST, is taken. End what uses it, or set FAIRLEAD_HTTP_PORT to a free one.`,
    );
  });
});

describe('Child', () => {
  it('gets the environment that it is given and nothing else', async () => {
    const child = aChild('console.log(JSON.stringify(process.env))');

    expect(await child.ended).toBe('part ended with exit code 0');

    expect(JSON.parse(readFileSync(child.logFile, 'utf8'))).toEqual({ GIVEN: 'yes' });
  });

  it('fails with the end of its log when it ends before it is ready', async () => {
    const child = aChild('console.error("no such table"); process.exit(3)');

    await expect(child.until('ready', () => Promise.resolve(false))).rejects.toThrow(
      /part ended with exit code 3[^]*no such table/,
    );
  });

  it('is killed when it ignores SIGTERM', async () => {
    const child = aChild(
      'process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000)',
    );
    await child.until('up', () => Promise.resolve(child.lastLines().includes('up')));

    await child.stop(100);

    expect(await child.ended).toBe('part ended with SIGKILL');
  });
});

describe('endLeftOver', () => {
  const forever = 'setInterval(() => {}, 1000)';

  it('ends the parts of a start that was killed, and nobody else', async () => {
    const program = aProgram(forever);
    const left = spawn(process.execPath, [program], { stdio: 'ignore' });
    const stranger = spawn(process.execPath, [aProgram(forever)], { stdio: 'ignore' });
    onTestFinished(() => void stranger.kill('SIGKILL'));
    const file = join(folder, 'processes.json');
    const owner = spawn(process.execPath, ['-e', '0']);
    await untilDone(owner);
    const children = [
      { pid: left.pid, program },
      // The pid went to somebody else meanwhile.
      { pid: stranger.pid, program },
    ];
    writeFileSync(file, JSON.stringify({ owner: owner.pid, children }));

    await endLeftOver(file);

    await untilDone(left);
    expect([left.signalCode, stranger.signalCode, existsSync(file)]).toEqual([
      'SIGTERM',
      null,
      false,
    ]);
  });

  it('refuses a folder whose start still lives', async () => {
    const file = join(folder, 'processes.json');
    const living = spawn(process.execPath, [aProgram(forever)], { stdio: 'ignore' });
    onTestFinished(() => void living.kill('SIGKILL'));
    writeFileSync(file, JSON.stringify({ owner: living.pid, children: [] }));

    await expect(endLeftOver(file)).rejects.toThrow(`as process ${living.pid}`);
    expect(existsSync(file)).toBe(true);
  });

  it('takes over its own record', async () => {
    const file = join(folder, 'processes.json');
    recordProcesses(file, []);

    await endLeftOver(file);

    expect(existsSync(file)).toBe(false);
  });
});

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The server that runs on a data folder, by its own lock file. Null when none does. */
export async function runningPostmaster(dataFolder: string): Promise<number | null> {
  const pid = await readPid(join(dataFolder, 'postmaster.pid'));
  return pid !== null && isAlive(pid) ? pid : null;
}

export async function readPid(file: string): Promise<number | null> {
  try {
    const [first = ''] = (await readFile(file, 'utf8')).split('\n');
    const pid = Number(first);
    return Number.isInteger(pid) && pid > 1 ? pid : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM says that it lives and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Fast shutdown (SIGINT): sessions are ended, data is flushed. Waits until the process is gone. */
export async function endPostmaster(pid: number, dataFolder: string): Promise<void> {
  try {
    process.kill(pid, 'SIGINT');
  } catch (error) {
    // It ended by itself since it was looked for.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  const deadline = Date.now() + 30_000;
  while ((await runningPostmaster(dataFolder)) === pid) {
    if (Date.now() > deadline) throw new Error(`PostgreSQL (process ${pid}) did not end in 30 s.`);
    await sleep(20);
  }
}

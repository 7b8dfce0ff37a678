import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const Record = z.object({
  /** The process that started the others. */
  owner: z.int(),
  children: z.array(z.object({ pid: z.int(), program: z.string() })),
});

export function recordProcesses(
  file: string,
  children: readonly { readonly pid: number; readonly program: string }[],
): void {
  writeFileSync(file, JSON.stringify({ owner: process.pid, children }), { mode: 0o600 });
}

export function forgetProcesses(file: string): void {
  rmSync(file, { force: true });
}

/**
 * Ends what a start left running that was itself killed. A pid alone may be somebody else's by now, so
 * the program on its command line must be ours too.
 *
 * @throws Error when the earlier start still lives
 */
export async function endLeftOver(file: string): Promise<void> {
  if (!existsSync(file)) return;
  const record = Record.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!record.success) return forgetProcesses(file);
  const { owner, children } = record.data;
  if (owner !== process.pid && runs(owner, 'standalone')) {
    throw new Error(
      `Fairlead already runs on this folder, as process ${owner}. End it first, or set FAIRLEAD_DATA_FOLDER.`,
    );
  }
  for (const { pid, program } of children.filter((child) => runs(child.pid, child.program))) {
    process.kill(pid, 'SIGTERM');
    for (let waited = 0; runs(pid, program) && waited < 100; waited += 1) await sleep(100);
    if (runs(pid, program)) process.kill(pid, 'SIGKILL');
  }
  forgetProcesses(file);
}

function runs(pid: number, program: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(program);
  } catch {
    return false;
  }
}

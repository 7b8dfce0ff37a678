import { createInterface, type Interface } from 'node:readline';
import type { ChildProcess } from 'node:child_process';

/** What a program prints, line by line. */
export function linesOf({ stdout }: ChildProcess): Interface {
  if (stdout === null) throw new Error('Its output is not piped');
  return createInterface({ input: stdout });
}

/** The next line that a program prints, as JSON. */
export async function nextJson(lines: Interface): Promise<unknown> {
  const line = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    lines.once('close', () => reject(new Error('It ended without a word')));
  });
  return JSON.parse(line);
}

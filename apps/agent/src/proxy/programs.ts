import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** The programs of the image that read the kernel's packet rules; nothing else is ever started for that. */
const paths = {
  nft: '/usr/sbin/nft',
  'iptables-nft': '/usr/sbin/xtables-nft-multi',
  'iptables-legacy': '/usr/sbin/xtables-legacy-multi',
  conntrack: '/usr/sbin/conntrack',
} as const;
export type ProgramName = keyof typeof paths;

/** With 10,000 Services a listing is five seconds of work, on a node that may have other things to do. */
const seconds = 120;
const errorCharacters = 300;

/** A program that said no, or is not there; the message is its own, shortened. */
export class ProgramFailed extends Error {
  readonly code = 'program-failed';
}

/**
 * Runs one of them with a fixed list of arguments, no shell and no environment, and hands its output over line by
 * line: ten thousand Services make more text than an agent should hold.
 *
 * @throws ProgramFailed
 */
export async function eachLine(
  program: ProgramName,
  args: readonly string[],
  take: (line: string) => void,
): Promise<void> {
  const child = spawn(paths[program], args, {
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: seconds * 1000,
    killSignal: 'SIGKILL',
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(0, errorCharacters);
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  // Told by `close` below, and by nothing else; without a listener it would end the agent.
  closed.catch(() => undefined);
  for await (const line of createInterface({ input: child.stdout })) take(line);
  const [code] = await closed.catch((error: unknown) => {
    throw new ProgramFailed(`${program}: ${error instanceof Error ? error.message : 'failed'}`);
  });
  if (code === 0) return;
  const said = complaint.replaceAll(/\s+/g, ' ').trim();
  throw new ProgramFailed(`${program}: ${said === '' ? `ended with ${code ?? 'a signal'}` : said}`);
}

export async function linesOf(program: ProgramName, args: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  await eachLine(program, args, (line) => void lines.push(line));
  return lines;
}

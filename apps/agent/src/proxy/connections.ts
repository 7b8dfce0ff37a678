import { eachLine, ProgramFailed } from './programs.js';

export interface SeenConnections {
  /** To a port of 127.0.0.1 that was translated to another place. */
  readonly localhostNodePorts: number;
  /** Established, with a translated destination; null when the table could not be read. */
  readonly established: number | null;
}

/** Counts tracked connections of the network namespace whose destination was translated, as a Service's is. */
export async function readConnections(): Promise<SeenConnections> {
  const counter = connectionCounter();
  try {
    await eachLine('conntrack', ['-L', '--dst-nat'], (line) => counter.take(line));
  } catch (error) {
    if (error instanceof ProgramFailed) return { localhostNodePorts: 0, established: null };
    throw error;
  }
  return counter.total();
}

/** Reads the output of `conntrack -L`, an entry a line: state, then both directions' addresses and ports. */
export function connectionCounter(): { take(line: string): void; total(): SeenConnections } {
  let localhostNodePorts = 0;
  let established = 0;
  return {
    take(line) {
      const [asked] = /\bdst=\S+/.exec(line) ?? [];
      if (asked === undefined) return;
      if (asked === 'dst=127.0.0.1') localhostNodePorts += 1;
      if (/\bESTABLISHED\b/.test(line)) established += 1;
    },
    total: () => ({ localhostNodePorts, established }),
  };
}

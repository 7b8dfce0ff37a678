import { loadSecretKey, openStore, startEmbeddedPostgres, type Store } from '@fairlead/store';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Folders } from '../folders.js';

export interface AuditSource {
  /** Of any installation; without it the standalone's own database is read. */
  readonly databaseUrl: string | undefined;
  readonly folders: Folders;
  readonly databasePort: number;
}

/** Exit codes of `fairlead audit verify`: a script must tell "broken" from "could not look". */
export const exitCodes = { intact: 0, failed: 1, tampered: 2 } as const;

/** Checks every row. The chain needs no secret: whoever may read the database can check it. */
export async function verifyAudit(
  source: AuditSource,
  say: (text: string) => void,
): Promise<number> {
  return await withAuditStore(source, async (store) => {
    const { rows, headSeq, headHash, firstBad } = await store.auditChain.verify({});
    if (firstBad === null) {
      say(`intact: ${rows} events, head ${headSeq} ${headHash}`);
      return exitCodes.intact;
    }
    say(`BROKEN at event ${firstBad.seq}: ${firstBad.reason}`);
    return exitCodes.tampered;
  });
}

/** Every row as one JSON document a line, in order. */
export async function exportAudit(
  source: AuditSource,
  write: (line: string) => Promise<void>,
): Promise<number> {
  return await withAuditStore(source, async (store) => {
    for await (const row of store.auditChain.stream({})) await write(`${JSON.stringify(row)}\n`);
    return exitCodes.intact;
  });
}

async function withAuditStore<T>(
  source: AuditSource,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const { url, end } = await databaseOf(source);
  try {
    const store = await openStore({
      databaseUrl: url,
      // Opens nothing that is sealed: rows of the chain are plain.
      secretKey: await loadSecretKey({ base64: Buffer.alloc(32).toString('base64') }),
      applicationName: 'fairlead-cli',
      poolSize: 2,
    });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  } finally {
    await end();
  }
}

/** A standalone that runs is read where it is; one that does not is started for the moment. */
async function databaseOf(source: AuditSource): Promise<{ url: string; end: () => Promise<void> }> {
  const { databaseUrl, folders, databasePort } = source;
  if (databaseUrl !== undefined) return { url: databaseUrl, end: () => Promise.resolve() };
  if (!existsSync(join(folders.postgres, 'data'))) {
    throw new Error(
      `There is no database in ${folders.postgres}. Set FAIRLEAD_DATABASE_URL, or run npm start once.`,
    );
  }
  const running = await runningUrl(folders, databasePort);
  if (running !== null) return { url: running, end: () => Promise.resolve() };
  const server = await startEmbeddedPostgres({
    folder: folders.postgres,
    port: 0,
    persistent: true,
  });
  return { url: server.url('fairlead'), end: () => server.stop() };
}

async function runningUrl({ postgres }: Folders, fallbackPort: number): Promise<string | null> {
  const { readFile } = await import('node:fs/promises');
  try {
    const lines = (await readFile(join(postgres, 'data', 'postmaster.pid'), 'utf8')).split('\n');
    process.kill(Number(lines[0]), 0);
    const password = (await readFile(join(postgres, 'password'), 'utf8')).trim();
    // Fourth line of postmaster.pid: the port that it listens on.
    const port = Number(lines[3]) || fallbackPort;
    return `postgresql://postgres:${password}@127.0.0.1:${port}/fairlead`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    throw error;
  }
}

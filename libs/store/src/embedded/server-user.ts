import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root, so root starts it as the system's `postgres` user, made when
 * absent. Null for everybody else: the server then runs as whoever starts it.
 */
export async function serverUser(): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null;
  const existing = await lookUp();
  if (existing !== null) return existing;
  await run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']);
  const created = await lookUp();
  if (created === null) throw new Error('The user "postgres" was made but cannot be found.');
  return created;
}

async function lookUp(): Promise<ServerUser | null> {
  try {
    const [uid, gid] = await Promise.all([
      run('id', ['-u', 'postgres']),
      run('id', ['-g', 'postgres']),
    ]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    // `id` answers with an exit code that there is no such user.
    return null;
  }
}

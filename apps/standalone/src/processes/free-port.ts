import { createServer } from 'node:net';

/** A port that somebody else listens on, and the variable by which to choose another. */
export class PortTaken extends Error {
  constructor(port: number, purpose: string, variable: string) {
    super(
      `Port ${port}, for ${purpose}, is taken. End what uses it, or set ${variable} to a free one.`,
    );
    this.name = 'PortTaken';
  }
}

/** @throws PortTaken */
export async function requireFreePort(
  port: number,
  purpose: string,
  variable: string,
): Promise<void> {
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen({ port, host: '127.0.0.1', exclusive: true }, resolve);
  try {
    await promise;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE' || code === 'EACCES') throw new PortTaken(port, purpose, variable);
    throw error;
  }
  await new Promise((closed) => server.close(closed));
}

import { writeFile } from 'node:fs/promises';
import { runDemo } from './demo/demo.js';
import type { Env } from './env.js';
import type { Folders } from './folders.js';
import { Installation, type AdminKey, type Surroundings } from './installation.js';

export interface StandaloneOptions {
  readonly env: Env;
  readonly folders: Folders;
  /** End after the first job. */
  readonly once: boolean;
  readonly say: (text: string) => void;
  /** PATH, HOME and the like, for the programs that are started. */
  readonly surroundings: Surroundings;
  /** Aborted when somebody wants the end. */
  readonly signal: AbortSignal;
}

/**
 * Starts everything, runs a first job, and stays up until told to end or a part ends by itself.
 *
 * @returns the exit code: 0 when it ended because it was told to, 1 when a part ended by itself
 * @throws  PortTaken, or the first problem of the start or of the first job; everything is ended by then
 */
export async function runStandalone(options: StandaloneOptions): Promise<number> {
  const { env, folders, once, say, surroundings, signal } = options;
  const installation = new Installation(env, folders, surroundings);
  const stopped = new Promise<null>((resolve) =>
    signal.addEventListener('abort', () => resolve(null), { once: true }),
  );
  try {
    say('Starting Postgres, three SIMULATED clusters, the gateway and a worker …');
    const work = firstSteps(installation, folders, say);
    const early = await Promise.race([work, stopped]);
    if (early === null) {
      // Its own failure is no news any more: everything goes away under it.
      work.catch(() => undefined);
      return 0;
    }
    if (once) return 0;
    say(addresses(installation, folders));
    const ended = await Promise.race([installation.firstEnded(), stopped]);
    if (ended === null) {
      say('\nEnding …');
      return 0;
    }
    say(`\n${ended}. Ending the rest.`);
    return 1;
  } finally {
    await installation.stop();
  }
}

async function firstSteps(
  installation: Installation,
  folders: Folders,
  say: StandaloneOptions['say'],
): Promise<true> {
  const admin = await installation.start(async (key) => {
    if (key.isNew) await noteFirstKey(folders);
    say(keyText(key, folders));
  });
  if (admin.text === null) {
    say('No first job this time: it needs a key. Give one in FAIRLEAD_ADMIN_KEY to run it again.');
    return true;
  }
  const options = {
    url: installation.url,
    key: admin.text,
    simulatorFolder: folders.simulator,
    say,
  };
  // A part that dies in the middle is the reason; the job would only time out.
  const died = installation.firstEnded().then((ended) => {
    throw new Error(ended);
  });
  died.catch(() => undefined);
  await Promise.race([runDemo(options), died]);
  return true;
}

/** Says when a key was made, never which. */
async function noteFirstKey({ adminNote }: Folders): Promise<void> {
  const text = `The first admin key was made and shown once on ${new Date().toISOString()}, in the output of that start.\n`;
  await writeFile(adminNote, text, { mode: 0o600 });
}

function keyText({ text, isNew }: AdminKey, { adminNote }: Folders): string {
  if (isNew) return `\nFirst admin key, shown this once, stored only as a hash:\n\n    ${text}\n`;
  if (text !== null) return 'The admin key is the one in FAIRLEAD_ADMIN_KEY.';
  return `An admin key exists; it was shown once when it was made (${adminNote} says when).`;
}

function addresses({ url, grpcAddress, healthUrl }: Installation, { logs }: Folders): string {
  return `
Up, until Ctrl-C:
  REST      ${url}/v1          OpenAPI ${url}/openapi.json
  API page  ${url}/docs
  gRPC      ${grpcAddress}             with reflection and health
  worker    ${healthUrl}/metrics
  logs      ${logs}
The clusters are SIMULATED. Register one of yours: see README.md.`;
}

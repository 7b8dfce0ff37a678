import { z } from 'zod';
import { agentEchoPort, agentModes, ReadableKeyName } from '@fairlead/core';
import { startEcho } from './echo.js';
import { KernelFiles } from './keys/kernel-files.js';
import { readLinks } from './paths/links.js';
import { PathListener } from './paths/listen.js';
import { persist } from './persist.js';
import { serve } from './session.js';

const agentVersion = '0.1.0';
const ownKeys = '/proc/sys/net';
const usage =
  'usage: agent session --mode host|pod | persist key=value … | read-keys key … | read-links | pause';

const Env = z.object({
  FAIRLEAD_NODE: z.string().min(1).default('unknown'),
  FAIRLEAD_SYSCTL_ROOT: z.string().startsWith('/').default(ownKeys),
  FAIRLEAD_READ_PODS: z.literal('1').optional(),
  FAIRLEAD_READ_PROXY: z.literal('1').optional(),
});

const Command = z.union([
  z.tuple([z.literal('session'), z.literal('--mode'), z.enum(agentModes)]),
  z.tuple([z.literal('persist')], z.string()),
  z.tuple([z.literal('read-keys')], ReadableKeyName),
  z.tuple([z.literal('read-links')]),
  z.tuple([z.literal('pause')]),
]);

/** Runs one command. Orders come over standard input only; standard output carries replies alone. */
async function main(): Promise<void> {
  const parsed = z.object({ env: Env, command: Command }).safeParse({
    env: process.env,
    command: process.argv.slice(2),
  });
  if (!parsed.success) throw new Error(usage);
  const { env, command } = parsed.data;

  switch (command[0]) {
    case 'session': {
      const [, , mode] = command;
      if (mode === 'pod') await startEcho(agentEchoPort);
      const end = await serve(process.stdin, process.stdout, {
        node: env.FAIRLEAD_NODE,
        mode,
        version: agentVersion,
        keys: new KernelFiles(env.FAIRLEAD_SYSCTL_ROOT),
        mayReadPods: env.FAIRLEAD_READ_PODS === '1',
        mayReadProxy: env.FAIRLEAD_READ_PROXY === '1',
        listener: new PathListener(),
      });
      process.stderr.write(`session ended: ${end}\n`);
      return;
    }
    case 'persist':
      return await persist(command.slice(1), new KernelFiles(env.FAIRLEAD_SYSCTL_ROOT));
    case 'read-keys': {
      const [, ...names] = command;
      const keys = new KernelFiles(ownKeys);
      const readings = await Promise.all(names.map((name) => keys.read(name)));
      process.stdout.write(JSON.stringify(readings));
      return;
    }
    case 'read-links':
      process.stdout.write(JSON.stringify(await readLinks()));
      return;
    case 'pause':
      await new Promise(() => setInterval(() => undefined, 1 << 30));
  }
}

// As the first process of its container it has no default for them: without a handler they are lost.
process.on('SIGTERM', () => process.exit(0));
process.on('SIGINT', () => process.exit(0));

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message.slice(0, 500) : 'failed'}\n`);
    process.exit(1);
  },
);

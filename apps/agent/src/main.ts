import { z } from 'zod';
import { agentEchoPort, agentModes, ReadableKeyName } from '@fairlead/core';
import { startEcho } from './echo.js';
import { KernelFiles } from './keys/kernel-files.js';
import { persist } from './persist.js';
import { serve } from './session.js';

export const agentVersion = '0.1.0';

const Env = z.object({
  FAIRLEAD_NODE: z.string().min(1).default('unknown'),
  FAIRLEAD_SYSCTL_ROOT: z.string().startsWith('/').default('/proc/sys/net'),
  FAIRLEAD_READ_PODS: z.literal('1').optional(),
});

const env = Env.parse(process.env);
const keys = new KernelFiles(env.FAIRLEAD_SYSCTL_ROOT);
const [command, ...words] = process.argv.slice(2);

process.on('SIGTERM', () => process.exit(0));
process.on('SIGINT', () => process.exit(0));

/** Runs one command. Orders come over standard input only; nothing is written but replies. */
async function main(): Promise<void> {
  switch (command) {
    case 'session': {
      const mode = z.enum(agentModes).parse(words[words.indexOf('--mode') + 1]);
      if (mode === 'pod') await startEcho(agentEchoPort);
      const self = {
        node: env.FAIRLEAD_NODE,
        mode,
        version: agentVersion,
        keys,
        mayReadPods: env.FAIRLEAD_READ_PODS === '1',
      };
      const end = await serve(process.stdin, process.stdout, self);
      process.stderr.write(`session ended: ${end}\n`);
      return;
    }
    case 'persist':
      return await persist(words, keys);
    case 'read-keys': {
      const own = new KernelFiles('/proc/sys/net');
      const names = z.array(ReadableKeyName).parse(words);
      process.stdout.write(JSON.stringify(await Promise.all(names.map((name) => own.read(name)))));
      return;
    }
    case 'pause':
      await new Promise(() => setInterval(() => undefined, 1 << 30));
      return;
    default:
      throw new Error('usage: agent session --mode host|pod | persist key=value … | pause');
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : 'failed'}\n`);
    process.exit(1);
  },
);

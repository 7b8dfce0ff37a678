#!/usr/bin/env node
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { Command, Option } from 'commander';
import { exitCodes, exportAudit, verifyAudit, type AuditSource } from './cli/audit-commands.js';
import { advise, adviceFormats, type AdviceFormat } from './cli/advise-command.js';
import { Api } from './demo/api.js';
import { runDemo } from './demo/demo.js';
import { parseEnv } from './env.js';
import { foldersIn } from './folders.js';

// eslint-disable-next-line no-restricted-properties -- an entry point of its own, as main.ts is
const environment = process.env;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

function source(): AuditSource {
  const env = parseEnv(environment);
  return {
    databaseUrl: environment['FAIRLEAD_DATABASE_URL'],
    folders: foldersIn(env.FAIRLEAD_DATA_FOLDER),
    databasePort: env.FAIRLEAD_DATABASE_PORT,
  };
}

// `fairlead audit export | head` closes our output early: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const program = new Command('fairlead').description('What an operator runs beside the API.');
const audit = program
  .command('audit')
  .description('Reads FAIRLEAD_DATABASE_URL, or the database of npm start.');

audit
  .command('verify')
  .description(
    'Check the audit chain. Exit code 0: intact; 2: broken, the first bad event is named; 1: not checked.',
  )
  .action(async () => {
    process.exitCode = await verifyAudit(source(), say);
  });

audit
  .command('export')
  .description('Write every audit event as one JSON document a line.')
  .option('-o, --output <file>', 'a file instead of standard output')
  .action(async ({ output }: { output?: string }) => {
    const stream =
      output === undefined ? process.stdout : createWriteStream(output, { mode: 0o600 });
    process.exitCode = await exportAudit(source(), async (line) => {
      if (!stream.write(line)) await once(stream, 'drain');
    });
    if (stream !== process.stdout) {
      stream.end();
      await once(stream, 'finish');
    }
  });

program
  .command('advise')
  .description(
    'What the latest observations of a cluster suggest; without a cluster, counts over the fleet.',
  )
  .argument('[cluster]', 'name or id of a registered cluster')
  .requiredOption('-k, --key <key>', 'any key', environment['FAIRLEAD_ADMIN_KEY'])
  .option('-u, --url <url>', 'the gateway; that of npm start without it')
  .addOption(
    new Option('-f, --format <format>').choices([...adviceFormats]).default(adviceFormats[0]),
  )
  .action(
    async (
      cluster: string | undefined,
      { key, url, format }: { key: string; url?: string; format: AdviceFormat },
    ) => {
      const env = parseEnv(environment);
      const api = new Api(url ?? `http://127.0.0.1:${env.FAIRLEAD_HTTP_PORT}`, key);
      await advise(api, cluster, format, say);
    },
  );

program
  .command('demo')
  .description('Run the first job again, on the simulated fleet of a running npm start.')
  .requiredOption('-k, --key <key>', 'an admin key', environment['FAIRLEAD_ADMIN_KEY'])
  .action(async ({ key }: { key: string }) => {
    const env = parseEnv(environment);
    const { simulator: simulatorFolder } = foldersIn(env.FAIRLEAD_DATA_FOLDER);
    await runDemo({ url: `http://127.0.0.1:${env.FAIRLEAD_HTTP_PORT}`, key, simulatorFolder, say });
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = exitCodes.failed;
}

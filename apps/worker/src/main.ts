import { z } from 'zod';
import { WorkerEnv } from './env.js';
import { openLog } from './log.js';
import { startWorker } from './worker.js';

const parsed = WorkerEnv.safeParse(process.env);
if (!parsed.success) {
  process.stderr.write(`The environment is not right:\n${z.prettifyError(parsed.error)}\n`);
  process.exit(2);
}

const log = openLog(parsed.data.logLevel);
try {
  const worker = await startWorker(parsed.data, { random: Math.random, log });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      worker.close().then(
        () => process.exit(0),
        (err: unknown) => {
          log.error({ err }, 'Worker did not stop in good order');
          process.exit(1);
        },
      );
    });
  }
} catch (err) {
  log.fatal({ err }, 'Worker could not start');
  process.exitCode = 1;
  // Half a start leaves connections behind that would keep the process alive.
  setTimeout(() => process.exit(), 1_000).unref();
}

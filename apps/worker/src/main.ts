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
const starting = startWorker(parsed.data, { random: Math.random, log });

// Before it has started, so that no signal falls between.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    starting
      .then((worker) => worker.close())
      .then(
        () => process.exit(0),
        (err: unknown) => {
          log.error({ err }, 'Worker did not stop in good order');
          process.exit(1);
        },
      );
  });
}

starting.catch((err: unknown) => {
  log.fatal({ err }, 'Worker could not start');
  // Half a start leaves connections behind that would keep the process alive.
  process.exit(1);
});

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { SimulatedClusterConfig } from './config.js';
import { startSimulator } from './simulator.js';

const Env = z.object({
  FAIRLEAD_SIMULATOR_PORT: z.coerce.number().int().min(0).max(65_535).default(8443),
  /** JSON file with a list of clusters, as `SimulatedClusterConfig` describes them. */
  FAIRLEAD_SIMULATOR_CLUSTERS: z.string(),
  FAIRLEAD_SIMULATOR_FOLDER: z.string(),
});

const env = Env.parse(process.env);
const clusters = z
  .array(SimulatedClusterConfig)
  .parse(JSON.parse(readFileSync(env.FAIRLEAD_SIMULATOR_CLUSTERS, 'utf8')));
const simulator = await startSimulator({
  port: env.FAIRLEAD_SIMULATOR_PORT,
  clusters,
  folder: env.FAIRLEAD_SIMULATOR_FOLDER,
});
for (const { name, server, kubeconfigFile } of simulator.clusters) {
  process.stdout.write(
    `${JSON.stringify({ event: 'simulating', cluster: name, server, kubeconfigFile })}\n`,
  );
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void simulator.close().then(() => process.exit(0)));
}

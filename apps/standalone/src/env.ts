import { z } from 'zod';

const Port = z.coerce.number().int().min(1).max(65_535);

/** What `npm start` can be told. */
export const Env = z.object({
  FAIRLEAD_HTTP_PORT: Port.default(8080),
  FAIRLEAD_GRPC_PORT: Port.default(9090),
  /** Health and metrics of the worker. */
  FAIRLEAD_HEALTH_PORT: Port.default(9464),
  /** Of the embedded Postgres. */
  FAIRLEAD_DATABASE_PORT: Port.default(5433),
  /** Part of the simulated clusters' endpoints: with another port they are other clusters. */
  FAIRLEAD_SIMULATOR_PORT: Port.default(8443),
  /** Database, secret key, simulated clusters and logs; `.fairlead` in the repository when absent. */
  FAIRLEAD_DATA_FOLDER: z.string().min(1).optional(),
  /** Becomes the first admin key; on later starts, the key of one that exists. */
  FAIRLEAD_ADMIN_KEY: z.string().min(32).max(512).optional(),
  /** 1 ends everything after the first job. */
  FAIRLEAD_ONCE: z.enum(['0', '1']).default('0'),
});
export type Env = z.infer<typeof Env>;

/** An empty variable counts as absent. */
export function parseEnv(environment: Readonly<Record<string, string | undefined>>): Env {
  const given = Object.entries(environment).filter(
    ([, value]) => value !== undefined && value !== '',
  );
  return Env.parse(Object.fromEntries(given));
}

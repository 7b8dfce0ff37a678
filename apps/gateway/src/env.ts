import { z } from 'zod';

const Port = z.coerce.number().int().min(0).max(65_535);

/** Everything that the gateway can be told. Parsed once, in main.ts. */
export const Env = z
  .object({
    FAIRLEAD_DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'Must be a postgresql:// URL.'),
    FAIRLEAD_DATABASE_POOL: z.coerce.number().int().min(1).max(200).default(16),
    /** Of REST; 0 takes any free port. */
    FAIRLEAD_HTTP_PORT: Port.default(8080),
    FAIRLEAD_GRPC_PORT: Port.default(9090),
    /** Other machines reach it only when told so: TLS ends at a proxy in front. */
    FAIRLEAD_LISTEN_ADDRESS: z.string().default('127.0.0.1'),
    /** Addresses or ranges of proxies whose X-Forwarded-* count; none when absent. */
    FAIRLEAD_TRUST_PROXY: z.string().optional(),
    /** 32 bytes as base64, which seal credentials; or a file that holds them, made on first use. */
    FAIRLEAD_SECRET_KEY: z.string().optional(),
    FAIRLEAD_SECRET_KEY_FILE: z.string().optional(),
    /** Becomes the first admin key where no key exists yet. */
    FAIRLEAD_ADMIN_KEY: z.string().min(32).max(512).optional(),
    /** Folder of migrations to apply at the start; none are applied when absent. */
    FAIRLEAD_MIGRATIONS: z.string().optional(),
    FAIRLEAD_LOG_LEVEL: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
      .default('info'),
  })
  .refine(
    (env) =>
      (env.FAIRLEAD_SECRET_KEY === undefined) !== (env.FAIRLEAD_SECRET_KEY_FILE === undefined),
    'Exactly one of FAIRLEAD_SECRET_KEY and FAIRLEAD_SECRET_KEY_FILE is needed.',
  );
export type Env = z.infer<typeof Env>;

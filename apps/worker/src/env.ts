import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

const Seconds = z.coerce.number().int().positive();

const Cidr = z.string().refine(isCidr, 'is no range such as 10.0.0.0/8 or fd00::/8');

/** `name` or `name#n`: the n-th time that the engine reaches a checkpoint, from 1. */
const CrashPoint = z
  .string()
  .regex(/^[^#]+(#[1-9]\d*)?$/, 'is no checkpoint such as written:node or written:node#2')
  .transform((value) => {
    const [name = '', nth = '1'] = value.split('#');
    return { name, nth: Number(nth) };
  });

const Variables = z.object({
  FAIRLEAD_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  FAIRLEAD_QUEUE_BACKEND: z.enum(['postgres', 'redis']).default('postgres'),
  FAIRLEAD_REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  FAIRLEAD_SECRET_KEY: z.string().optional(),
  FAIRLEAD_SECRET_KEY_FILE: z.string().optional(),
  FAIRLEAD_AGENT_IMAGE: z.string().default('fairlead-agent:0.1.0'),
  FAIRLEAD_OWN_NAMESPACE: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'is no namespace')
    .default('fairlead-system'),
  FAIRLEAD_ALLOWED_ADDRESSES: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((range) => range.trim())
        .filter((range) => range !== ''),
    )
    .pipe(z.array(Cidr)),
  FAIRLEAD_WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(1_000).default(16),
  FAIRLEAD_LEASE_SECONDS: Seconds.min(5).max(600).default(30),
  FAIRLEAD_GIVE_UP_SECONDS: Seconds.default(900),
  FAIRLEAD_SWEEP_SECONDS: Seconds.max(300).default(5),
  FAIRLEAD_LISTEN_ADDRESS: z.string().default('127.0.0.1'),
  FAIRLEAD_HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).default(9464),
  FAIRLEAD_LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info'),
  FAIRLEAD_FAULT_INJECTION: z.literal('1').optional(),
  FAIRLEAD_CRASH_AT: CrashPoint.optional(),
});

/**
 * The worker's environment. Unknown variables are somebody else's; an empty one counts as absent.
 *
 * Of the secret key exactly one is given: `FAIRLEAD_SECRET_KEY`, or `FAIRLEAD_SECRET_KEY_FILE` with
 * a path. A crash point without `FAIRLEAD_FAULT_INJECTION=1` is refused rather than ignored: whoever
 * set it believes that something is being tested.
 */
export const WorkerEnv = z
  .preprocess(withoutEmpty, Variables)
  .superRefine((env, context) => {
    const refuse = (variable: keyof typeof env, message: string) =>
      context.addIssue({ code: 'custom', path: [variable], message });
    if ((env.FAIRLEAD_SECRET_KEY === undefined) === (env.FAIRLEAD_SECRET_KEY_FILE === undefined)) {
      refuse('FAIRLEAD_SECRET_KEY', 'give this or FAIRLEAD_SECRET_KEY_FILE, one of the two');
    }
    if (env.FAIRLEAD_QUEUE_BACKEND === 'redis' && env.FAIRLEAD_REDIS_URL === undefined) {
      refuse('FAIRLEAD_REDIS_URL', 'is needed when FAIRLEAD_QUEUE_BACKEND is redis');
    }
    if (env.FAIRLEAD_CRASH_AT !== undefined && env.FAIRLEAD_FAULT_INJECTION !== '1') {
      refuse('FAIRLEAD_CRASH_AT', 'is honoured only with FAIRLEAD_FAULT_INJECTION=1');
    }
  })
  .transform((env) => ({
    databaseUrl: env.FAIRLEAD_DATABASE_URL,
    queue: { backend: env.FAIRLEAD_QUEUE_BACKEND, redisUrl: env.FAIRLEAD_REDIS_URL },
    secretKey: env.FAIRLEAD_SECRET_KEY,
    secretKeyFile: env.FAIRLEAD_SECRET_KEY_FILE,
    agentImage: env.FAIRLEAD_AGENT_IMAGE,
    ownNamespace: env.FAIRLEAD_OWN_NAMESPACE,
    allowedAddresses: env.FAIRLEAD_ALLOWED_ADDRESSES,
    concurrency: env.FAIRLEAD_WORKER_CONCURRENCY,
    leaseSeconds: env.FAIRLEAD_LEASE_SECONDS,
    giveUpSeconds: env.FAIRLEAD_GIVE_UP_SECONDS,
    sweepSeconds: env.FAIRLEAD_SWEEP_SECONDS,
    health: { host: env.FAIRLEAD_LISTEN_ADDRESS, port: env.FAIRLEAD_HEALTH_PORT },
    logLevel: env.FAIRLEAD_LOG_LEVEL,
    crashAt: env.FAIRLEAD_CRASH_AT,
  }));
export type WorkerEnv = z.output<typeof WorkerEnv>;

function withoutEmpty(environment: unknown): unknown {
  const entries = Object.entries(environment as Record<string, string | undefined>);
  return Object.fromEntries(
    entries.flatMap(([name, value]) => {
      const trimmed = value?.trim() ?? '';
      return trimmed === '' ? [] : [[name, trimmed]];
    }),
  );
}

function isCidr(range: string): boolean {
  const [address = '', bits = '', ...rest] = range.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
  try {
    new BlockList().addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
    return true;
  } catch {
    return false;
  }
}

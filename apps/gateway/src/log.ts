import { pino, type Logger } from 'pino';

/** Members that must never reach a log, wherever a logged object holds them. */
const secretMembers = [
  'authorization',
  'Authorization',
  'cookie',
  'kubeconfig',
  'token',
  'key',
  'keyPem',
  'password',
  'credentials',
];

export function openLog(level: string): Logger {
  return pino({
    level,
    base: { app: 'gateway' },
    redact: {
      paths: secretMembers.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]),
      censor: '[redacted]',
    },
  });
}

export type { Logger };

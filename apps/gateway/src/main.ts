import { Env } from './env.js';
import { startGateway } from './gateway.js';

const gateway = await startGateway(Env.parse(process.env));
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void gateway.stop());
}

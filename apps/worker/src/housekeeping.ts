import type { Store } from '@fairlead/store';
import type { Log } from './log.js';
import { repeat, warnOnce, type Repeating } from './repeating.js';

const everyMilliseconds = 600_000;

/** Clears away what has had its time: answers kept for repeated calls. */
export function startHousekeeping(ports: {
  readonly store: Pick<Store, 'purgeIdempotencyKeys'>;
  readonly log: Log;
}): Repeating {
  const { store, log } = ports;
  async function keepHouse(): Promise<void> {
    const keys = await store.purgeIdempotencyKeys();
    if (keys > 0) log.debug({ keys }, 'Idempotency keys past their time were removed');
  }
  return repeat(keepHouse, {
    milliseconds: () => everyMilliseconds,
    onError: warnOnce(log, 'Could not keep house, will try again'),
  });
}

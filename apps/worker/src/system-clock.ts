import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@fairlead/core';

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
};

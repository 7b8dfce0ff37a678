import type { Doorbell } from '@fairlead/store';

/** Every doorbell, held complete by the compiler. */
export const doorbells = Object.keys({
  'drive-job': true,
  'check-cluster': true,
  'observe-cluster': true,
} satisfies Record<Doorbell, true>) as Doorbell[];

import type fc from 'fast-check';
import type { World } from './world.js';

/** What the contract spec needs to know of a tuner: worlds that it may meet, and settings for them. */
export interface ContractCases {
  readonly worlds: fc.Arbitrary<World>;
  readonly settings: fc.Arbitrary<unknown>;
  /** Lists of an observation whose order is the cluster's own and means something. */
  readonly orderedLists: readonly string[];
}

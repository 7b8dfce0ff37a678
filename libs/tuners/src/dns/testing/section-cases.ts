import type { JsonObject, MetricReading } from '@fairlead/core';
import type fc from 'fast-check';
import type { WorldDns } from '../../testing/dns-answers.js';

/** What one part of the tuner brings to the contract spec: objects that a cluster may hold, and settings. */
export interface SectionCases {
  readonly objects: fc.Arbitrary<readonly JsonObject[]>;
  /** What pods show on `/metrics`, by their addresses. */
  readonly metrics?: fc.Arbitrary<ReadonlyMap<string, readonly MetricReading[]>>;
  /** What agents answer to the part's own orders, the same on every node. */
  readonly agents?: fc.Arbitrary<WorldDns>;
  /** Of the part alone: the value of its member in the tuner's settings. */
  readonly settings: fc.Arbitrary<unknown>;
  readonly orderedLists: readonly string[];
}

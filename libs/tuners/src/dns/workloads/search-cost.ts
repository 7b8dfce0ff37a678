import { lookupOrder, type SearchRules } from '@fairlead/core';

/** A and AAAA of every name that is asked until the outside name itself is, with nothing in a cache. Source: domain.md 4.1. */
export function queriesFor(external: string, rules: SearchRules): number {
  return 2 * (lookupOrder(external, rules).indexOf(external) + 1);
}

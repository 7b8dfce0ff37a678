import { describe, expect, it } from 'vitest';
import { lookupOrder, ndotsIn } from './lookup-order.js';

const searches = ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'];
const addresses: Readonly<Record<string, true>> = {
  'api.shop.svc.cluster.local': true,
  'example.com': true,
  'api.example.com': true,
};

/** Questions, A and AAAA, until an address is found. */
function queries(name: string, ndots: number): number {
  const order = lookupOrder(name, { searches, ndots });
  const at = order.findIndex((asked) => addresses[asked]);
  return 2 * (at === -1 ? order.length : at + 1);
}

describe('lookupOrder', () => {
  // The table of domain.md 4.1.
  it.each([
    ['api', 5, 2],
    ['api', 1, 2],
    ['api.shop', 5, 4],
    ['api.shop', 2, 4],
    ['api.shop', 1, 6],
    ['api.shop.svc', 3, 6],
    ['api.shop.svc', 2, 8],
    ['api.shop.svc.cluster.local', 5, 8],
    ['api.shop.svc.cluster.local', 3, 2],
    ['example.com', 5, 8],
    ['example.com', 2, 8],
    ['example.com', 1, 2],
    ['api.example.com', 5, 8],
    ['api.example.com', 2, 2],
    ['example.com.', 5, 2],
  ])('costs %s at ndots %i as many as %i queries', (name, ndots, expected) => {
    expect(queries(name, ndots)).toBe(expected);
  });

  it('leaves musl without a search path for a name with enough dots', () => {
    expect(lookupOrder('api.shop', { searches, ndots: 1 }, 'musl')).toEqual(['api.shop']);
  });
});

describe('ndotsIn', () => {
  it.each([
    [['ndots:5'], 5],
    [['edns0', 'ndots:2'], 2],
    [['ndots:5', 'ndots:1'], 1],
    [['edns0'], 1],
  ])('reads %j as %i', (options, expected) => {
    expect(ndotsIn(options)).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';
import { leavingSearchPath, searchNamesIn } from './search-names.js';

const services = new Set(['shop/orders', 'shop/db', 'kube-system/kube-dns']);
const namesIn = (text: string) =>
  searchNamesIn([{ text, where: 'here' }], services).map(({ name }) => name);

describe('searchNamesIn', () => {
  it.each([
    ['http://orders.shop:8080/v1', ['orders.shop']],
    ['postgres://u:p@db.shop.svc/app', ['db.shop.svc']],
    ['db-0.db.shop:5432,db-1.db.shop:5432', ['db-0.db.shop', 'db-1.db.shop']],
    [
      '--upstream=orders.shop.svc --dns kube-dns.kube-system',
      ['kube-dns.kube-system', 'orders.shop.svc'],
    ],
  ])('finds in %j what only a search path completes', (text, expected) => {
    expect(namesIn(text)).toEqual(expected);
  });

  it.each([
    ['a Service’s bare name', 'orders'],
    ['a whole name', 'orders.shop.svc.cluster.local'],
    ['a name that ends with a dot', 'orders.shop.'],
    ['an outside name', 'api.example.com'],
    ['a Service that is not there', 'billing.shop'],
    ['a part of a longer name', 'orders.shop.example.com'],
    ['a name inside a file’s', 'my_orders.shop_config'],
  ])('takes %s for no finding', (_what, text) => {
    expect(namesIn(text)).toEqual([]);
  });
});

describe('leavingSearchPath', () => {
  const names = ['orders.shop', 'db.shop.svc', 'db-0.db.shop.svc'].map((name) => ({
    name,
    where: 'here',
  }));
  const leaving = (now: number, wanted: number) =>
    leavingSearchPath(names, now, wanted).map(({ name }) => name);

  it('names what was served by the search path first and is not under the new value', () => {
    expect(leaving(5, 3)).toEqual(['db-0.db.shop.svc']);
    expect(leaving(5, 2)).toEqual(['db.shop.svc', 'db-0.db.shop.svc']);
    expect(leaving(5, 1)).toEqual(['orders.shop', 'db.shop.svc', 'db-0.db.shop.svc']);
  });

  it('names nothing where ndots is raised', () => {
    expect(leaving(1, 5)).toEqual([]);
  });
});

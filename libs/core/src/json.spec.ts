import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, sameJson, type Json } from './json.js';

describe('canonicalJson', () => {
  it.each<[string, Json, string]>([
    [
      'orders members by UTF-16 code units',
      { b: 1, a: 2, '\u20ac': 3, '\r': 4 },
      '{"\\r":4,"a":2,"b":1,"€":3}',
    ],
    [
      'writes numbers as ECMAScript does',
      [1e21, 0.1, -0, 333333333.33333329],
      '[1e+21,0.1,0,333333333.3333333]',
    ],
    ['leaves out members that are not there', { a: undefined, b: null }, '{"b":null}'],
    ['escapes only what JSON must', '\u000f\n"\\/ü', '"\\u000f\\n\\"\\\\/ü"'],
  ])('%s', (_policy, value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it('refuses what JSON cannot say', () => {
    expect(() => canonicalJson(Number.NaN)).toThrow(TypeError);
    expect(() => canonicalJson(Number.POSITIVE_INFINITY)).toThrow(TypeError);
  });

  it('gives a value and its copy with shuffled members one text', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const shuffled = Object.fromEntries(Object.entries(value).toReversed());

        expect(canonicalJson(shuffled as Json)).toBe(canonicalJson(value as Json));
        expect(JSON.parse(canonicalJson(value as Json))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('sameJson', () => {
  it('tells an absent value from null', () => {
    expect(sameJson(undefined, null)).toBe(false);
    expect(sameJson(undefined, undefined)).toBe(true);
    expect(sameJson({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
  });
});

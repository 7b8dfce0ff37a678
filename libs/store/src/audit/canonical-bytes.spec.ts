import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalText, eventHash, genesisHash } from './canonical-bytes.js';

describe('canonicalText', () => {
  it('counts bytes, not characters', () => {
    expect(canonicalText(['a', 'Ü', '😀'])).toBe('1:a,2:Ü,4:😀,');
  });

  it('tells an empty text from none', () => {
    expect(canonicalText([''])).toBe('0:,');
    expect(canonicalText([null])).toBe('-,');
  });

  it('gives different columns different texts, wherever the borders are', () => {
    expect(canonicalText(['a', 'bc'])).not.toBe(canonicalText(['ab', 'c']));
    expect(canonicalText(['1:a,'])).not.toBe(canonicalText(['1', 'a']));
  });
});

describe('eventHash', () => {
  it('is SHA-256 over the hash before and the canonical text', () => {
    const expected = createHash('sha256').update(genesisHash).update('1:1,2:Ü,-,').digest('hex');

    expect(eventHash(genesisHash, ['1', 'Ü', null]).toString('hex')).toBe(expected);
  });
});

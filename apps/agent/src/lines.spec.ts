import { describe, expect, it } from 'vitest';
import { lineCutter } from './lines.js';

describe('lineCutter', () => {
  it('cuts several lines out of one chunk and one line out of several', () => {
    const cut = lineCutter(100);

    expect(cut(Buffer.from('a\nb\nc'))).toEqual(['a', 'b']);
    expect(cut(Buffer.from('d'))).toEqual([]);
    expect(cut(Buffer.from('\n'))).toEqual(['cd']);
  });

  it('keeps a character whole whose bytes come apart', () => {
    const cut = lineCutter(100);
    const bytes = Buffer.from('€\n');

    expect(cut(bytes.subarray(0, 1))).toEqual([]);
    expect(cut(bytes.subarray(1))).toEqual(['€']);
  });

  it('allows a line of exactly so many bytes', () => {
    expect(lineCutter(3)(Buffer.from('abc\nabcd\n'))).toEqual(['abc', null]);
  });

  it('tells a line that is too long once, as soon as it is, and goes on after it', () => {
    const cut = lineCutter(3);

    expect(cut(Buffer.from('abcd'))).toEqual([null]);
    expect(cut(Buffer.from('efgh'))).toEqual([]);
    expect(cut(Buffer.from('ij\nkl\n'))).toEqual(['kl']);
  });
});

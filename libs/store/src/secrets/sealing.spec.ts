import { describe, expect, it } from 'vitest';
import { Internal } from '@fairlead/core';
import { secretBox, type Sealed } from './sealing.js';

const key = Buffer.alloc(32, 1);
const owner = { clusterId: 'c1', endpoint: 'https://a' };
const box = secretBox(key);

function flip(bytes: Uint8Array<ArrayBuffer>, at: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

describe('a sealed text', () => {
  it('opens for its owner', () => {
    expect(box.open(box.seal('secret Ü', owner), owner)).toBe('secret Ü');
  });

  it('differs each time, nonce and all', () => {
    const [one, two] = [box.seal('x', owner), box.seal('x', owner)];

    expect(Buffer.from(one.nonce)).not.toEqual(Buffer.from(two.nonce));
    expect(Buffer.from(one.sealed)).not.toEqual(Buffer.from(two.sealed));
  });

  const sealed = box.seal('secret', owner);
  it.each<[string, Sealed, { clusterId: string; endpoint: string }]>([
    ['another cluster', sealed, { ...owner, clusterId: 'c2' }],
    ['another endpoint', sealed, { ...owner, endpoint: 'https://b' }],
    ['changed ciphertext', { ...sealed, sealed: flip(sealed.sealed, 0) }, owner],
    ['a changed tag', { ...sealed, sealed: flip(sealed.sealed, sealed.sealed.length - 1) }, owner],
    ['a tag cut short', { ...sealed, sealed: sealed.sealed.slice(0, 8) }, owner],
    ['a changed nonce', { ...sealed, nonce: flip(sealed.nonce, 0) }, owner],
    ['another format', { ...sealed, format: 2 }, owner],
    ['another key', { ...sealed, keyId: '0'.repeat(16) }, owner],
  ])('does not open with %s', (_what, row, asOwner) => {
    expect(() => box.open(row, asOwner)).toThrow(Internal);
  });

  it('opens with a previous key, and is sealed with the present one', () => {
    const rotated = secretBox(Buffer.alloc(32, 2), [key]);

    expect(rotated.open(sealed, owner)).toBe('secret');
    expect(rotated.seal('x', owner).keyId).not.toBe(sealed.keyId);
  });
});

it('takes no key of another length', () => {
  expect(() => secretBox(Buffer.alloc(16))).toThrow(RangeError);
});

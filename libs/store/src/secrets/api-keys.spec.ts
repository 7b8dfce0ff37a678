import { expect, it } from 'vitest';
import { hashApiKey, newApiKey } from './api-keys.js';

it('makes keys with an id in front and 256 random bits behind', () => {
  const { id, text, hash } = newApiKey();

  const [, shownId, secret] = /^flk_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$/.exec(text) ?? [];
  expect(shownId).toBe(id.replaceAll('-', ''));
  expect(Buffer.from(secret ?? '', 'base64url')).toHaveLength(32);
  expect(hash).toBe(hashApiKey(text));
  expect(newApiKey().text).not.toBe(text);
});

it('hashes the whole text with SHA-256', () => {
  expect(hashApiKey('abc')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});

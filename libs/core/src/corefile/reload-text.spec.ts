import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { corefileReloadText } from './reload-text.js';
import { recordedCorefiles } from './testing/recorded-corefiles.js';

const markup =
  '.:53 {\n template ANY ANY x {\n match "<a&b> \u2028"\n }\n log\n errors\n log a\n}\n';

describe('corefileReloadText', () => {
  // What CoreDNS 1.14.7's own parser and Go's JSON make of the same texts.
  it.each<[string, string, string]>([
    ['kubeadm', recordedCorefiles['kubeadm'] ?? '', '1b226df79860026c'],
    ['eks', recordedCorefiles['eks'] ?? '', '8a7d59126e7f114a'],
    ['openshift', recordedCorefiles['openshift'] ?? '', 'a5a8eb68de1b9f5d'],
    ['node-cache', recordedCorefiles['node-cache'] ?? '', '6bdb6939ac83dea1'],
    ['markup in quotes, and a plugin twice', markup, '44b2f3303e295105'],
  ])('gives the text whose SHA-512 CoreDNS shows: %s', (_name, text, hash) => {
    const sum = createHash('sha512')
      .update(corefileReloadText(text) ?? '')
      .digest('hex');
    expect(sum.slice(0, 16)).toBe(hash);
  });

  it.each(['aks', 'by hand'])('cannot say for %s, which takes more than its own text', (name) => {
    expect(corefileReloadText(recordedCorefiles[name] ?? '')).toBeNull();
  });
});

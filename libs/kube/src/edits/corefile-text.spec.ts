import type { PathEdit, SeenObject } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { editText } from './document-text.js';
import { editPatch } from './json-patch.js';
import { readEdits } from './read-edits.js';

const text =
  '.:53 {\n    cache 30\n    forward . 10.0.0.1\n    forward a 10.0.0.2\n    odd thing\n}\n';
const configMap: SeenObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'coredns', namespace: 'kube-system' },
  data: { Corefile: text },
};
const document = { path: ['data', 'Corefile'], format: 'corefile' as const };
const edits: PathEdit[] = [
  { document, path: ['.:53', 'cache'], before: ['30'], after: ['60'] },
  { document, path: ['.:53', 'forward .', 'policy'], after: ['random'] },
];

describe('a Corefile inside a ConfigMap', () => {
  it('is read as the words of its lines, and as a whole', () => {
    expect(readEdits(configMap, edits)).toEqual({
      values: [{ value: ['30'] }, {}],
      texts: { 'data/Corefile': text },
    });
  });

  it('takes all edits in one text, and keeps what it does not know', () => {
    const writes = edits.map(({ path, after }) => ({ document, path, value: after }));
    expect(editPatch(configMap, writes as never, {})).toEqual([
      {
        op: 'replace',
        path: '/data/Corefile',
        value:
          '.:53 {\n    cache 60\n    forward . 10.0.0.1 {\n        policy random\n    }\n    forward a 10.0.0.2\n    odd thing\n}\n',
      },
    ]);
  });

  it.each([
    [['.:53', 'forward'], ['x'], 'edit-impossible'],
    [['.:53', 'cache'], 30, 'edit-impossible'],
    [['.:54', 'cache'], ['30'], 'edit-impossible'],
  ])('refuses to set %j to %j', (path, value, code) => {
    expect(() => editText(text, 'corefile', path, value)).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it('refuses a text that CoreDNS could not read', () => {
    expect(() => editText('. {', 'corefile', ['.', 'cache'], ['30'])).toThrow(
      expect.objectContaining({ code: 'document-unreadable' }),
    );
  });
});

import { Unacceptable, type PathEdit, type SeenObject } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { editPatch } from './json-patch.js';
import { kubeProxyConfig } from '../testing/kube-proxy-config.js';
import { readEdits } from './read-edits.js';

const document: NonNullable<PathEdit['document']> = {
  path: ['data', 'config.conf'],
  format: 'yaml',
};
const configMap: SeenObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'kube-proxy', namespace: 'kube-system', uid: 'u1', resourceVersion: '7' },
  data: { 'config.conf': kubeProxyConfig },
};

describe('editPatch', () => {
  it('writes all edits of one text as one new text', () => {
    const patch = editPatch(
      configMap,
      [
        { document, path: ['conntrack', 'maxPerCore'], value: 65_536 },
        { document, path: ['conntrack', 'min'] },
      ],
      {},
    );

    expect(patch).toEqual([
      {
        op: 'replace',
        path: '/data/config.conf',
        value: kubeProxyConfig
          .replace('maxPerCore: 0', 'maxPerCore: 65536')
          .replace('  min: null\n', ''),
      },
    ]);
  });

  it('puts a whole text back instead of the edits inside it', () => {
    const edited: SeenObject = { ...configMap, data: { 'config.conf': 'mode: nftables\n' } };

    const patch = editPatch(edited, [{ document, path: ['mode'], value: 'x' }], {
      'data/config.conf': kubeProxyConfig,
    });

    expect(patch).toEqual([{ op: 'replace', path: '/data/config.conf', value: kubeProxyConfig }]);
  });

  it('adds missing parents with the value, escapes names and removes only what is there', () => {
    const patch = editPatch(
      configMap,
      [
        { path: ['metadata', 'annotations', 'a/b~c'], value: '1' },
        { path: ['metadata', 'annotations', 'd'], value: '2' },
        { path: ['data', 'absent'] },
        { path: ['data', 'config.conf'] },
      ],
      {},
    );

    expect(patch).toEqual([
      { op: 'add', path: '/metadata/annotations', value: { 'a/b~c': '1' } },
      { op: 'add', path: '/metadata/annotations/d', value: '2' },
      { op: 'remove', path: '/data/config.conf' },
    ]);
  });

  it('is empty when everything is so already', () => {
    expect(editPatch(configMap, [{ document, path: ['mode'], value: 'iptables' }], {})).toEqual([]);
  });

  it('refuses to edit a text that is not there', () => {
    const elsewhere = { ...document, path: ['data', 'other'] };

    expect(() =>
      editPatch(configMap, [{ document: elsewhere, path: ['a'], value: 1 }], {}),
    ).toThrow(Unacceptable);
  });
});

describe('readEdits', () => {
  it('tells a null from nothing at all, and gives each text once', () => {
    const edits: PathEdit[] = [
      { document, path: ['conntrack', 'min'] },
      { document, path: ['conntrack', 'absent'] },
      { path: ['metadata', 'name'] },
      { document: { path: ['data', 'none'], format: 'yaml' }, path: ['a'] },
    ];

    expect(readEdits(configMap, edits)).toEqual({
      values: [{ value: null }, {}, { value: 'kube-proxy' }, {}],
      texts: { 'data/config.conf': kubeProxyConfig },
    });
  });
});

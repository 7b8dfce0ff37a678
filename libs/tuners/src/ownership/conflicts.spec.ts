import { kernelKeyNames, type KernelKeyName, type ObjectRef } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { aPart, anEdit, proxyConfig, toMode } from '../interactions/testing/profiles.js';
import { ownershipConflicts } from './conflicts.js';

const maxKey: KernelKeyName = 'net.netfilter.nf_conntrack_max';

function writes(
  tuner: string,
  after: string,
  nodes: readonly string[] = ['a', 'b'],
  keys: readonly KernelKeyName[] = [maxKey],
) {
  return aPart(tuner, (draft) => {
    for (const key of keys) {
      draft.add({
        kind: 'node',
        id: `${tuner}/${key}`,
        summary: 'Set it.',
        key,
        before: nodes.map((node) => ({ node, value: '131072' })),
        after,
      });
    }
  });
}

describe('two writers of one parameter in one profile', () => {
  it('are refused, naming both and the two values', () => {
    const [refusal, ...others] = ownershipConflicts([
      writes('conntrack', '262144'),
      writes('sysctl', '1048576'),
    ]);

    expect(others).toEqual([]);
    expect(refusal).toMatchObject({ tuner: 'sysctl', code: 'ownership-conflict' });
    expect(refusal?.message).toMatch(
      /^The tuners conntrack and sysctl both decide net\.netfilter\.nf_conntrack_max: .* Leave it to one of them\.$/,
    );
    expect(refusal?.patch).toBe(
      `conntrack: ${maxKey} on a = 262144\nsysctl: ${maxKey} on a = 1048576`,
    );
  });

  it('agree where they write the same, and do not meet on different nodes or in one tuner', () => {
    expect(ownershipConflicts([writes('a', '1'), writes('b', '1')])).toEqual([]);
    expect(ownershipConflicts([writes('a', '1', ['x']), writes('b', '2', ['y'])])).toEqual([]);
    expect(ownershipConflicts([writes('a', '1'), writes('a', '2')])).toEqual([]);
  });

  // Comparing every place with every other takes minutes here, and a gateway answers nobody meanwhile.
  it('are found among the keys of thousands of nodes', () => {
    const nodes = Array.from({ length: 3000 }, (_, at) => `n${at}`);
    const [first, second] = [kernelKeyNames.slice(0, 8), kernelKeyNames.slice(8, 16)];

    expect(
      ownershipConflicts([writes('a', '1', nodes, first), writes('b', '2', nodes, second)]),
    ).toEqual([]);
    expect(ownershipConflicts([writes('a', '1', nodes), writes('b', '2', ['n2999'])])).toHaveLength(
      1,
    );
  });

  // https://github.com/gardener/gardener/pull/10431: node initialisation and kube-proxy each set the
  // table's size to another value, and kube-proxy ended in a crash loop.
  it('are refused as in gardener#10431: a key on nodes, and the field from which kube-proxy sets it', () => {
    const field = aPart(
      'kube-proxy',
      anEdit(proxyConfig, ['conntrack', 'maxPerCore'], { before: 0, after: 65_536 }, 'config.conf'),
    );

    const [refusal] = ownershipConflicts([writes('conntrack', '1048576'), field]);

    expect(refusal?.code).toBe('ownership-conflict');
    expect(refusal?.message).toContain(`conntrack and kube-proxy both decide ${maxKey}`);
    expect(refusal?.patch).toContain(
      'kube-proxy: data.config.conf.conntrack.maxPerCore of ConfigMap kube-system/kube-proxy = 65536',
    );
  });

  it('do not meet where both only keep originals for a restart of kube-proxy, which decides the key', () => {
    const kept = (tuner: string, after: string) =>
      aPart(tuner, (draft) => {
        draft.add({
          kind: 'node',
          id: `${tuner}/${maxKey}`,
          summary: 'Set it.',
          key: maxKey,
          before: [{ node: 'a', value: '131072' }],
          after,
          decidedBy: `${tuner}/restart`,
        });
        if (tuner !== 'conntrack') return;
        anEdit(proxyConfig, ['conntrack', 'min'], { after: 262_144 }, 'config.conf')(draft);
      });

    expect(ownershipConflicts([kept('conntrack', '262144'), kept('kube-proxy', '1')])).toEqual([]);
  });

  it('are refused where one edits inside what the other replaces or removes', () => {
    const remove = aPart('datapath', (draft) =>
      draft.add({
        kind: 'remove',
        id: 'datapath/kube-proxy',
        summary: 'Remove it.',
        object: proxyConfig,
      }),
    );

    const [refusal] = ownershipConflicts([aPart('kube-proxy', toMode('nftables')), remove]);

    expect(refusal?.message).toContain('data.config.conf.mode of ConfigMap kube-system/kube-proxy');
  });

  it('do not meet in different fields of one document', () => {
    const field = aPart(
      'conntrack',
      anEdit(proxyConfig, ['conntrack', 'min'], { after: 262_144 }, 'config.conf'),
    );

    expect(ownershipConflicts([field, aPart('kube-proxy', toMode('nftables'))])).toEqual([]);
  });

  it('meet in one object whichever version of its group they speak', () => {
    const scaler = (tuner: string, apiVersion: string, after: number) => {
      const object: ObjectRef = {
        apiVersion,
        kind: 'HorizontalPodAutoscaler',
        namespace: 'kube-system',
        name: 'coredns',
      };
      return aPart(tuner, anEdit(object, ['spec', 'maxReplicas'], { after }));
    };

    const parts = [scaler('dns', 'autoscaling/v2', 10), scaler('other', 'autoscaling/v1', 5)];

    expect(ownershipConflicts(parts)).toHaveLength(1);
  });
});

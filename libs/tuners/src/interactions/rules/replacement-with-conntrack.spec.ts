import { describe, expect, it } from 'vitest';
import { aPart, aProfile, replacementOn } from '../testing/profiles.js';
import { replacementWithConntrack as rule } from './replacement-with-conntrack.js';

describe('an eBPF data plane beside the size of the kernel’s table', () => {
  const sized = aPart('conntrack', (draft) =>
    draft.add({
      kind: 'node',
      id: 'conntrack/max',
      summary: 'Set it.',
      key: 'net.netfilter.nf_conntrack_max',
      before: [{ node: 'a', value: '131072' }],
      after: '262144',
    }),
  );

  it('is warned of, since the table then holds only the rest', () => {
    expect(rule.check(aProfile(sized, aPart('datapath', replacementOn)))).toMatchObject([
      { tuner: 'conntrack', how: 'warn' },
    ]);
  });

  it('is nothing to speak of alone', () => {
    expect(rule.check(aProfile(sized))).toEqual([]);
    expect(rule.check(aProfile(aPart('datapath', replacementOn)))).toEqual([]);
  });
});

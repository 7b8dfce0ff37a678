import { describe, expect, it } from 'vitest';
import { readerOf } from '../testing/world.js';
import { adviseMtu } from './advise.js';
import { observeMtu } from './observe.js';
import { aPod, aWorld, type WorldDraft } from './testing/builders.js';

const signal = new AbortController().signal;

async function advice(draft: WorldDraft) {
  return adviseMtu(await observeMtu(readerOf(aWorld(draft)), null, signal));
}

describe('adviseMtu', () => {
  it('leaves alone what fits exactly, with what it saw', async () => {
    const [finding, ...others] = await advice({});

    expect(finding).toMatchObject({ code: 'mtu-fits', verdict: 'leave-alone' });
    expect(finding?.parameters).toEqual(['cni.flannel.Backend.MTU']);
    expect(finding?.evidence).toContainEqual({
      what: 'Largest packet between nodes over IPv4',
      value: '1500 bytes',
      where: '2 paths, measured uncut',
    });
    expect(others).toEqual([]);
  });

  it('acts where pods send more than the path carries', async () => {
    const [finding] = await advice({ pathBytes: 1400 });

    expect(finding).toMatchObject({
      code: 'mtu-above-path',
      verdict: 'act',
      recommended: { podMtu: 'from-path' },
    });
    expect(finding?.message).toContain('leave 1350');
  });

  it('acts where packets are lost without a word', async () => {
    const found = await advice({ pathBytes: 1400, isSilent: true });

    expect(found.map(({ code }) => code)).toEqual([
      'mtu-above-path',
      'mtu-black-hole-pods',
      'mtu-black-hole-nodes',
    ]);
  });

  it('offers larger packets where the path carries them, by how much, and claims no gain', async () => {
    const [finding] = await advice({ newPodMtu: 1350, written: 1400 });

    expect(finding).toMatchObject({ code: 'mtu-below-path', verdict: 'consider' });
    expect(finding?.message).toContain('7.4 %');
  });

  it('says so where nothing was found out', async () => {
    const [finding] = await advice({ pathBytes: null });

    expect(finding).toMatchObject({ code: 'mtu-path-unknown', verdict: 'unknown' });
  });

  it('tells of running pods that were made under another MTU', async () => {
    const found = await advice({ pods: [aPod('old', 'old', { mtu: 1400 })] });

    expect(found.map(({ code }) => code)).toEqual(['mtu-fits', 'mtu-mixed']);
  });
});

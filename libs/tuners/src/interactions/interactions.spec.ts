import { planProfile } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { checkProfile, interactionRules } from './interactions.js';
import { aPart, replacementOn, toMode, withNodeLocal } from './testing/profiles.js';

describe('the rules about tuners that meet', () => {
  it('has a code, a sentence and a source for each, and no code twice', () => {
    const codes = interactionRules.map(({ code }) => code);

    expect(new Set(codes).size).toBe(codes.length);
    for (const { code, sentence, source } of interactionRules) {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(sentence).toMatch(/^[A-Za-z].*\.$/);
      expect(source).toMatch(/^https:\/\/\S+$/);
    }
  });

  it('refuses the whole profile, and tells where to read on', () => {
    const plan = planProfile(
      [aPart('dns', withNodeLocal), aPart('kube-proxy', toMode('nftables'))],
      checkProfile,
    );

    expect(plan.changes).toEqual([]);
    expect(plan.refusals.map(({ code }) => code)).toEqual(['node-local-with-mode-switch']);
    expect(plan.refusals[0]?.message).toMatch(/Put .* See https:\S+\.$/s);
  });

  it('finds every meeting of a profile, not the first alone', () => {
    const { refusals } = checkProfile([
      aPart('dns', withNodeLocal),
      aPart('kube-proxy', toMode('nftables')),
      aPart('datapath', replacementOn),
    ]);

    expect(refusals.map(({ code }) => code).toSorted()).toEqual([
      'node-local-with-mode-switch',
      'node-local-with-replacement',
      'replacement-with-kube-proxy',
    ]);
  });

  it('says nothing of a profile of one tuner with nothing around it', () => {
    expect(checkProfile([aPart('kube-proxy', toMode('nftables'))])).toEqual({
      warnings: [],
      refusals: [],
    });
  });
});

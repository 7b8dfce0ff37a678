import { describe, expect, it } from 'vitest';
import { showsNetAdmin } from './net-admin.js';

const statusOf = (effective: string) =>
  `Name:\tnode\nCapInh:\t0000000000001000\nCapPrm:\t0000000000001000\nCapEff:\t${effective}\nCapBnd:\t0000000000001000\n`;

describe('showsNetAdmin', () => {
  it.each([
    ['0000000000001000', true],
    ['000001ffffffffff', true],
    ['0000000000000000', false],
    ['000001ffffffefff', false],
    // SYS_ADMIN and SYS_PTRACE: what an agent that looks into pods has.
    ['0000000000280000', false],
  ])('reads effective capabilities %s as %s', (effective, expected) => {
    expect(showsNetAdmin(statusOf(effective))).toBe(expected);
  });

  it('takes a text that names no capabilities for none', () => {
    expect(showsNetAdmin('Name:\tnode\n')).toBe(false);
  });
});

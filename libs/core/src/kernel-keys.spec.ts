import { describe, expect, it } from 'vitest';
import {
  kernelKeyNames,
  kernelText,
  KernelKeyName,
  procPathOf,
  readOnlyKeyNames,
} from './kernel-keys.js';

describe('the list of kernel keys', () => {
  it('reaches nothing outside net', () => {
    for (const name of [...kernelKeyNames, ...readOnlyKeyNames]) {
      expect(procPathOf(name)).toMatch(/^net(\/[a-z0-9_]+)+$/);
    }
  });

  it.each(['kernel.core_pattern', 'net.ipv4.conf.all.rp_filter', '../kernel/core_pattern', ''])(
    'does not hold %j',
    (name) => {
      expect(KernelKeyName.safeParse(name).success).toBe(false);
    },
  );

  it('holds nothing that may only be read', () => {
    expect(
      kernelKeyNames.filter((name) => (readOnlyKeyNames as readonly string[]).includes(name)),
    ).toEqual([]);
  });
});

describe('kernelText', () => {
  it('compares fields, whatever stands between them', () => {
    expect(kernelText('4096\t131072\t6291456\n')).toBe('4096 131072 6291456');
  });
});

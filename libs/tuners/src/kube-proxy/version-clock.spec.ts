import { describe, expect, it } from 'vitest';
import { defaultMode, stageOf, startsIn } from './version-clock.js';

/** Kubernetes 1.28 to 1.43: the default, and whether nftables and ipvs start without any feature gate. */
const table: readonly (readonly [string, string, string, boolean, string, boolean])[] = [
  ['1.28', 'iptables', 'unknown', false, 'stable', true],
  ['1.29', 'iptables', 'alpha', false, 'stable', true],
  ['1.30', 'iptables', 'alpha', false, 'stable', true],
  ['1.31', 'iptables', 'beta', true, 'stable', true],
  ['1.32', 'iptables', 'beta', true, 'stable', true],
  ['1.33', 'iptables', 'stable', true, 'stable', true],
  ['1.34', 'iptables', 'stable', true, 'stable', true],
  ['1.35', 'iptables', 'stable', true, 'deprecated', true],
  ['1.36', 'iptables', 'stable', true, 'deprecated', true],
  ['1.37', 'iptables', 'stable', true, 'deprecated', true],
  ['1.38', 'iptables', 'stable', true, 'deprecated', true],
  ['1.39', 'iptables', 'stable', true, 'deprecated', true],
  ['1.40', 'nftables', 'stable', true, 'deprecated', false],
  ['1.41', 'nftables', 'stable', true, 'deprecated', false],
  ['1.42', 'nftables', 'stable', true, 'deprecated', false],
  ['1.43', 'nftables', 'stable', true, 'removed', false],
];

describe('the clock of kube-proxy’s modes', () => {
  it.each(table)(
    'in %s defaults to %s, has nftables %s (%s) and ipvs %s (%s)',
    (minor, byDefault, nftables, nftablesStarts, ipvs, ipvsStarts) => {
      const version = `${minor}.4`;

      expect(defaultMode(version)).toBe(byDefault);
      expect(stageOf('nftables', version).stage).toBe(nftables);
      expect(startsIn('nftables', version, {})).toBe(nftablesStarts);
      expect(stageOf('ipvs', version).stage).toBe(ipvs);
      expect(startsIn('ipvs', version, {})).toBe(ipvsStarts);
      expect(startsIn('iptables', version, {})).toBe(true);
    },
  );

  it('lets a feature gate open nftables in 1.29 and 1.30, and close it in 1.31', () => {
    const [on, off] = [{ NFTablesProxyMode: true }, { NFTablesProxyMode: false }];

    expect(startsIn('nftables', '1.29.0', on)).toBe(true);
    expect(startsIn('nftables', '1.28.0', on)).toBe(false);
    expect(startsIn('nftables', '1.31.0', off)).toBe(false);
    expect(startsIn('nftables', '1.33.0', off)).toBe(true);
  });

  it('lets a feature gate keep ipvs until 1.42, and nothing after', () => {
    const on = { KubeProxyIPVS: true };

    expect(startsIn('ipvs', '1.42.9', on)).toBe(true);
    expect(startsIn('ipvs', '1.43.0', on)).toBe(false);
    expect(startsIn('ipvs', '1.38.0', { KubeProxyIPVS: false })).toBe(false);
    // The gate does not exist before 1.37, so nobody can close it.
    expect(startsIn('ipvs', '1.36.0', { KubeProxyIPVS: false })).toBe(true);
  });

  it('reads a vendor’s version', () => {
    expect(stageOf('ipvs', '1.35.2-eks-1234').stage).toBe('deprecated');
  });
});

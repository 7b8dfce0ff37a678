import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationText, secondsOf } from '../proxy-config/go-duration.js';
import { configuredMax, kubeProxyWrites } from './kube-proxy-writes.js';
import { wantedSection } from './wanted-section.js';
import { maxKey } from './timeouts.js';

describe('configuredMax', () => {
  // The defaults, by cores: kube-proxy before 1.36 and since.
  it.each([
    [2, 131_072, 131_072],
    [8, 262_144, 262_144],
    [32, 1_048_576, 1_048_576],
    [64, 2_097_152, 1_048_576],
    [96, 3_145_728, 1_048_576],
  ])('is on %d cores %d before 1.36, and %d since', (cores, before, since) => {
    expect(configuredMax({}, cores, '1.35.2')).toBe(before);
    expect(configuredMax({ maxPerCore: null, min: null }, cores, '1.36.3')).toBe(since);
  });

  it('is nobody’s business with maxPerCore 0, whatever min says', () => {
    expect(configuredMax({ maxPerCore: 0, min: 131_072 }, 8, '1.36.3')).toBeNull();
  });

  it('is exactly the asked size with the section that we write, on any node, in any version', () => {
    const versions = fc.constantFrom('1.22.0', '1.28.3', '1.35.0', '1.36.3', '1.38.0');
    const sizes = fc.integer({ min: 32_768, max: 8_388_608 });
    fc.assert(
      fc.property(versions, sizes, fc.integer({ min: 1, max: 512 }), (version, size, cores) => {
        const wish = { key: maxKey, wanted: String(size), isRaiseOnly: false } as const;
        const section = wantedSection({}, [wish], [cores], version);

        expect(configuredMax(section, cores, version)).toBe(size);
      }),
    );
  });
});

describe('kubeProxyWrites', () => {
  const short = (section: object, version = '1.36.3') =>
    Object.fromEntries(
      [...kubeProxyWrites(section as Record<string, never>, 2, version)].map(([key, value]) => [
        key.replace('net.netfilter.nf_conntrack_', ''),
        value,
      ]),
    );

  it('sets two timeouts even when the configuration says null', () => {
    expect(short({ maxPerCore: 0, tcpEstablishedTimeout: null })).toEqual({
      tcp_timeout_established: '86400',
      tcp_timeout_close_wait: '3600',
    });
  });

  it('leaves alone what is 0s', () => {
    const section = { maxPerCore: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' };

    expect(short(section)).toEqual({});
  });

  it('knows UDP and the liberal flag since 1.29', () => {
    const section = {
      maxPerCore: 0,
      tcpEstablishedTimeout: '0s',
      tcpCloseWaitTimeout: '0s',
      udpTimeout: '20s',
      tcpBeLiberal: true,
    };

    expect(short(section, '1.28.9')).toEqual({});
    expect(short(section, '1.29.0')).toEqual({ udp_timeout: '20', tcp_be_liberal: '1' });
  });
});

describe('durations of Go', () => {
  it.each([
    ['24h0m0s', 86_400],
    ['1h', 3600],
    ['90s', 90],
    ['1m30s', 90],
    ['1.5h', 5400],
    ['500ms', 0.5],
    ['0s', 0],
    ['0', 0],
  ])('reads %s', (text, seconds) => {
    expect(secondsOf(text)).toBe(seconds);
  });

  it.each(['', 'a day', '10', '5 s', '1h-5m'])('does not read %j', (text) => {
    expect(secondsOf(text)).toBeNull();
  });

  it('are read as they were written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 432_000 }), (seconds) => {
        expect(secondsOf(durationText(seconds))).toBe(seconds);
      }),
    );
  });
});

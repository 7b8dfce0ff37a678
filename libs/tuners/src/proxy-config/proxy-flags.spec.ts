import { describe, expect, it } from 'vitest';
import { configurationOfFlags } from './proxy-flags.js';

describe('configurationOfFlags', () => {
  it('reads both spellings', () => {
    const words = [
      'kube-proxy',
      '--conntrack-max-per-core=0',
      '--conntrack-min',
      '131072',
      '--conntrack-tcp-timeout-established=1h',
      '--proxy-mode',
      'ipvs',
      '--ipvs-scheduler=lc',
    ];

    expect(configurationOfFlags(words)).toEqual({
      mode: 'ipvs',
      ipvs: { scheduler: 'lc' },
      conntrack: { maxPerCore: 0, min: 131_072, tcpEstablishedTimeout: '1h' },
    });
  });

  it('takes a flag of truth without a value as true, and lists apart', () => {
    const words = [
      '--masquerade-all',
      '--ipvs-strict-arp=false',
      '--nodeport-addresses=10.0.0.0/8,fd00::/8',
      '--v=2',
    ];

    expect(configurationOfFlags(words)).toEqual({
      iptables: { masqueradeAll: true },
      ipvs: { strictARP: false },
      nodePortAddresses: ['10.0.0.0/8', 'fd00::/8'],
    });
  });
});

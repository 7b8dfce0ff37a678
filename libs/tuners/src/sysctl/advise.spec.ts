import { Finding } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { adviseSysctl } from './advise.js';
import { SysctlObservation } from './observe.js';
import { SysctlSettings } from './settings.js';
import recorded from './testing/recorded-observation.json' with { type: 'json' };

const observed = SysctlObservation.parse(recorded);

function holding(values: Record<string, string | null>): SysctlObservation {
  const nodes = observed.nodes.map((node) => ({ ...node, values: { ...node.values, ...values } }));
  return { ...observed, nodes };
}

function advise(seen: SysctlObservation) {
  const findings = adviseSysctl(seen);
  for (const finding of findings) {
    Finding.parse(finding);
    if (finding.recommended) SysctlSettings.parse(finding.recommended);
  }
  return findings;
}
const found = (seen: SysctlObservation, code: string) =>
  advise(seen).find((finding) => finding.code === code);

describe('adviseSysctl', () => {
  it('acts on ephemeral ports that meet NodePorts, unless they are reserved', () => {
    const key = 'net.ipv4.ip_local_port_range';
    const wide = { [key]: '1024 65535' };
    const reserved = { ...wide, 'net.ipv4.ip_local_reserved_ports': '30000-32767' };

    expect(found(holding(wide), 'sysctl-ports-meet-node-ports')).toMatchObject({
      verdict: 'act',
      recommended: { host: { [key]: { value: [32_768, 60_999] } } },
    });
    expect(found(holding(reserved), 'sysctl-ports-meet-node-ports')).toBeUndefined();
    expect(
      found(holding({ [key]: '32768 60999' }), 'sysctl-ports-meet-node-ports'),
    ).toBeUndefined();
  });

  it('acts on SYN cookies that are off', () => {
    expect(
      found(holding({ 'net.ipv4.tcp_syncookies': '0' }), 'sysctl-syncookies-off'),
    ).toMatchObject({
      verdict: 'act',
      recommended: { host: { 'net.ipv4.tcp_syncookies': { value: 1 } } },
    });
  });

  it('leaves usual accept queues alone, and says that they reach no pod', () => {
    const usual = found(holding({ 'net.core.somaxconn': '4096' }), 'sysctl-accept-queue-usual');

    expect(usual).toMatchObject({ verdict: 'leave-alone' });
    expect(usual?.message).toContain('reaches no pod');
    expect(
      found(holding({ 'net.core.somaxconn': '128' }), 'sysctl-accept-queue-small'),
    ).toMatchObject({ recommended: { host: { 'net.core.somaxconn': { atLeast: 4096 } } } });
  });

  it('explains a raised cap that TCP does not go by', () => {
    const values = {
      'net.core.rmem_max': '16777216',
      'net.ipv4.tcp_rmem': '4096 131072 6291456',
    };

    expect(found(holding(values), 'sysctl-buffer-cap-alone')?.verdict).toBe('leave-alone');
  });

  it('tells tw_reuse for all from its default', () => {
    expect(
      found(holding({ 'net.ipv4.tcp_tw_reuse': '1' }), 'sysctl-tw-reuse-for-all'),
    ).toBeDefined();
    expect(
      found(holding({ 'net.ipv4.tcp_tw_reuse': '2' }), 'sysctl-tw-reuse-for-all'),
    ).toBeUndefined();
  });

  it('names keys that differ from node to node', () => {
    const [first, ...others] = observed.nodes;
    const nodes = [
      { ...first!, values: { ...first!.values, 'net.ipv4.tcp_fin_timeout': '15' } },
      ...others,
    ];

    expect(found({ ...observed, nodes }, 'sysctl-values-differ')?.parameters).toContain(
      'net.ipv4.tcp_fin_timeout',
    );
  });

  it('minds the table of neighbours only in large clusters', () => {
    const [node] = observed.nodes;
    const nodes = Array.from({ length: 300 }, (_, at) => ({
      ...node!,
      name: `node-${at}`,
      values: { ...node!.values, 'net.ipv4.neigh.default.gc_thresh3': '1024' },
    }));

    expect(found({ ...observed, nodes }, 'sysctl-neighbours-small')).toBeDefined();
    expect(found(observed, 'sysctl-neighbours-small')).toBeUndefined();
  });

  it('sends to the owner whatever somebody else writes', () => {
    const writers = [{ name: 'TuneD', keys: null, advice: 'Change the profile.' }];

    expect(found({ ...observed, writers }, 'sysctl-other-writers')?.verdict).toBe('leave-alone');
  });

  it('says what it cannot know, and where nobody looked', () => {
    const nodes = observed.nodes.map((node) => ({ ...node, problem: 'no agent', values: {} }));

    expect(found(observed, 'sysctl-needs-counters')?.verdict).toBe('unknown');
    expect(found({ ...observed, nodes }, 'sysctl-unseen')?.parameters).toContain(
      'net.core.somaxconn',
    );
  });
});

import { Finding } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { adviseConntrack } from './advise.js';
import { ConntrackObservation } from './observe.js';
import { ConntrackSettings } from './settings.js';
import recorded from './testing/recorded-observation.json' with { type: 'json' };

const observed = ConntrackObservation.parse(recorded);
const maxKey = 'net.netfilter.nf_conntrack_max';
type Node = ConntrackObservation['nodes'][number];
type Use = ConntrackObservation['use'][number];

function seeing(change: {
  readonly node?: (node: Node) => Partial<Node>;
  readonly use?: Partial<Use>;
  readonly more?: Partial<ConntrackObservation>;
}): ConntrackObservation {
  return {
    ...observed,
    nodes: observed.nodes.map((node) => ({ ...node, ...change.node?.(node) })),
    use: observed.use.map((row) => ({
      ...row,
      drop: 0,
      earlyDrop: 0,
      insertFailed: 0,
      ...change.use,
    })),
    ...change.more,
  };
}

function advise(seen: ConntrackObservation) {
  const findings = adviseConntrack(seen);
  for (const finding of findings) {
    Finding.parse(finding);
    if (finding.recommended) ConntrackSettings.parse(finding.recommended);
  }
  return findings;
}
const codes = (seen: ConntrackObservation) => advise(seen).map(({ code }) => code);

describe('adviseConntrack', () => {
  it('leaves a table alone that never overflowed, and shows how full it is', () => {
    const findings = advise(seeing({ use: { count: 1717, drop: 0, earlyDrop: 0 } }));

    expect(findings[0]).toMatchObject({ code: 'conntrack-has-room', verdict: 'leave-alone' });
    expect(findings[0]?.evidence[0]?.value).toBe('1717 (0.7 %)');
    expect(findings[0]?.recommended).toBeUndefined();
  });

  it('acts on packets that were dropped, with a table that memory allows', () => {
    const [finding] = advise(seeing({ use: { drop: 12, earlyDrop: 3 } }));

    expect(finding).toMatchObject({
      code: 'conntrack-was-full',
      verdict: 'act',
      recommended: { maxEntries: 524_288 },
    });
    expect(finding?.evidence).toContainEqual(
      expect.objectContaining({ what: 'conntrack.drop on node-1', value: '12' }),
    );
  });

  it('recommends no larger table on nodes whose memory it would take', () => {
    const small = seeing({ use: { drop: 1 }, node: () => ({ memoryBytes: 2 ** 31 }) });

    expect(advise(small)[0]?.recommended).toBeUndefined();
  });

  it('considers a table that is three quarters full', () => {
    const full = seeing({ use: { count: 200_000, drop: 0, earlyDrop: 0 } });

    expect(advise(full)[0]).toMatchObject({ code: 'conntrack-nearly-full', verdict: 'consider' });
  });

  it('says that no size helps against lost races', () => {
    expect(codes(seeing({ use: { insertFailed: 7 } }))).toContain('conntrack-insert-failed');
  });

  it('finds a value that kube-proxy will take back, as in AKS#3051', () => {
    const kubeProxy = {
      ...observed.kubeProxy,
      kind: 'daemon-set',
      section: { maxPerCore: 32_768, min: 131_072 },
      version: '1.31.0',
    } as ConntrackObservation['kubeProxy'];
    const byHand = seeing({
      more: { kubeProxy },
      node: ({ values }) => ({ values: { ...values, [maxKey]: '1048576' } }),
    });

    const finding = advise(byHand).find(({ code }) => code === 'conntrack-set-behind-kube-proxy');

    expect(finding).toMatchObject({ verdict: 'act' });
    expect(finding?.parameters).toContain(maxKey);
  });

  it('warns before an upgrade that shrinks the table of large nodes', () => {
    const kubeProxy = {
      ...observed.kubeProxy,
      kind: 'daemon-set',
      section: {},
      version: '1.35.2',
    } as ConntrackObservation['kubeProxy'];
    const large = seeing({ more: { kubeProxy }, node: () => ({ cpus: 96 }) });

    expect(codes(large)).toContain('conntrack-shrinks-at-upgrade');
    expect(codes(seeing({ more: { kubeProxy } }))).not.toContain('conntrack-shrinks-at-upgrade');
  });

  it('names the nodes on which nothing was read', () => {
    const unseen = seeing({ node: () => ({ problem: 'no agent ran there', values: {} }) });

    const finding = advise(unseen).find(({ code }) => code === 'conntrack-unseen');

    expect(finding).toMatchObject({ verdict: 'unknown' });
    expect(finding?.parameters).toContain(maxKey);
  });

  it('tells a table with few buckets, and a data plane that tracks elsewhere', () => {
    const seen = seeing({
      more: { datapath: 'Cilium' },
      node: ({ values }) => ({
        values: { ...values, 'net.netfilter.nf_conntrack_buckets': '32768' },
      }),
    });

    expect(codes(seen)).toContain('conntrack-few-buckets');
    expect(codes(seen)).toContain('conntrack-tracked-elsewhere');
  });
});

import { describe, expect, it } from 'vitest';
import { adviceText, fleetText } from './advice-text.js';

const finding = {
  tuner: 'conntrack',
  code: 'conntrack-was-full',
  verdict: 'act' as const,
  message: 'The table was full.',
  evidence: [1, 2, 3, 4, 5, 6].map((at) => ({
    what: `drop on n${at}`,
    value: String(at),
    where: '/proc',
  })),
  parameters: [],
  recommended: { maxEntries: 262_144 },
  sources: [],
};

const advice = {
  clusterId: '01938f3a-7c1e-7d2a-9b53-0a6f4e0c1d22',
  clusterName: 'shop-eu-1',
  observedAt: '2026-11-22T10:00:00.000Z',
  observationAgeSeconds: 600,
  observations: [],
  findings: [finding],
  unseen: [
    { parameter: 'a', tuner: 'dns', reason: 'not-observed' as const, why: 'Nobody looked.' },
    { parameter: 'b', tuner: 'dns', reason: 'not-observed' as const, why: 'Nobody looked.' },
  ],
};

describe('adviceText', () => {
  it('shows age, verdict, settings to try, some of the evidence, and what was not seen', () => {
    const text = adviceText(advice);

    expect(text).toContain('shop-eu-1, observed 10 min ago');
    expect(text).toContain('conntrack-was-full');
    expect(text).toContain('{"conntrack":{"maxEntries":262144}}');
    expect(text).toContain('drop on n4: 4');
    expect(text).toContain('and 2 more');
    expect(text).toContain('Not seen: 2 parameters. Nobody looked.');
  });

  it('says so where there is nothing to say', () => {
    expect(adviceText({ ...advice, findings: [], unseen: [] })).toContain('Nothing to say yet.');
  });
});

describe('fleetText', () => {
  it('counts clusters and names some of them', () => {
    const clusters = Array.from({ length: 7 }, (_, at) => ({
      clusterId: advice.clusterId,
      clusterName: `c${at}`,
    }));

    const text = fleetText({
      findings: [{ ...finding, clusterCount: 7, clusters }],
      clustersSeen: 9,
      clustersNotSeen: 3,
    });

    expect(text).toContain('9 clusters observed, 3 not yet');
    expect(text).toContain('c0, c1, c2, c3, c4');
    expect(text).toContain('and 2 ');
  });
});

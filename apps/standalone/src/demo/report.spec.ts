import { describe, expect, it } from 'vitest';
import { fleet, fleetFileText } from './fleet.js';
import { measurementsText, planText } from './report.js';

const summary = (median: number) => ({
  n: 5,
  invalid: 1,
  median,
  q1: median,
  q3: median,
  min: 0,
  max: median,
});
const measurement = (probe: string, before: number, after: number) => ({
  probe,
  unit: 'milliseconds',
  node: 'n1',
  before: summary(before),
  after: summary(after),
  change: { absolute: after - before },
  verdict: 'not-judged' as const,
});

describe('measurementsText', () => {
  const text = measurementsText({
    jobId: 'j',
    verdict: 'not-judged',
    measurements: [
      measurement('tcp-crr.direct', 0.4567, 0.4),
      measurement('counter.TcpExt.ListenDrops', 0, 0),
      measurement('counter.conntrack.drop', 0, 3),
    ],
  });

  it('says before anything else that it is simulated, and that nothing was judged', () => {
    expect(text.split('\n')[0]).toContain('SIMULATED');
    expect(text).toContain(
      'Verdict: not-judged. Before and after are shown; nothing is claimed from them.',
    );
  });

  it('shows median, quartiles, failures and change, and only counts the counters that never moved', () => {
    expect(text).toContain('0.457 (0.457-0.457), n=5, 1 failed');
    expect(text).toContain('-0.0567');
    expect(text).toContain('counter.conntrack.drop');
    expect(text).not.toContain('ListenDrops');
    expect(text).toContain('1 counters stayed at 0 in every round.');
  });
});

describe('planText', () => {
  it('shows what each node holds and will hold, and what the plan touches', () => {
    const text = planText({
      changes: [
        {
          id: 'x',
          tuner: 'sysctl',
          kind: 'node',
          summary: 'Set a key.',
          edits: [],
          activates: [],
          key: 'net.core.somaxconn',
          before: [{ node: 'n1', value: '4096' }, { node: 'n2' }],
          after: '8192',
        },
      ],
      warnings: [{ tuner: 'sysctl', code: 'c', message: 'Mind this.', nodes: [] }],
      refusals: [],
      blastRadius: {
        nodesWritten: ['n1', 'n2'],
        objectsWritten: [],
        workloadsRestarted: [],
        podsRestarted: 0,
        connections: 'none-cut',
        connectionsCut: 0,
        nodesRolled: ['n1'],
        dns: 'none',
        survivesReboot: false,
        notes: [],
        evidence: [],
      },
      card: '',
    });

    expect(text.split('\n')).toEqual([
      '  1. Set a key.',
      '     n1: 4096 -> 8192',
      '     n2: (none) -> 8192',
      '  note: Mind this.',
      '  touches 2 nodes, rolls 1, restarts 0 pods, connections none-cut, DNS none, does not survive a reboot',
    ]);
  });
});

describe('the simulated fleet', () => {
  it('is the same at every start, so that registered clusters stay who they are', () => {
    const clusters = JSON.parse(fleetFileText()) as { name: string; seed: string }[];

    expect(clusters.map(({ name, seed }) => [name, seed])).toEqual(
      fleet.map(({ name }) => [name, 'standalone']),
    );
  });
});

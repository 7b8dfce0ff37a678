import type { Phase, ProbeSpec, Sample } from '../../sample.js';
import { jobEvent, type Drive } from '../engine.js';
import type { EngineCluster, JobRecord } from '../ports.js';
import { growth, readCounters } from '../measure/counters.js';
import { pairsOf, probePair } from '../measure/probes.js';
import { goBack } from './apply-step.js';
import { tunersOf } from './plan-step.js';

const nextState = { before: 'applying', after: 'judging' } as const;
const ownState = { before: 'measuring-before', after: 'measuring-after' } as const;

/**
 * `measuring-before` and `measuring-after`: the same probes on the same node pairs, round by round.
 * A worker that takes over begins the phase again under a new attempt number.
 */
export async function measure(job: JobRecord, phase: Phase, drive: Drive): Promise<void> {
  const attempt = job.measureAttempt + 1;
  await drive.commit({
    measureAttempt: attempt,
    events: [jobEvent(job, 'job.measuring', { phase, attempt, rounds: job.measuring.rounds })],
  });

  const cluster = await drive.cluster();
  const specs = specsOf(job, drive);
  const taken = { samples: 0, invalid: 0 };
  for (let round = 0; round < job.measuring.rounds; round += 1) {
    if ((await drive.reload()).cancelRequested) {
      await stopMeasuring(job, phase, drive);
      return;
    }
    const samples = await measureRound(job, cluster, specs, { phase, attempt, round }, drive);
    taken.samples += samples.length;
    taken.invalid += samples.filter(({ value }) => value === undefined).length;
    // Round by round: a long phase on many nodes is more than one transaction should hold.
    await drive.commit({ samples, events: [] });
  }

  await drive.commit({
    move: { from: ownState[phase], to: nextState[phase] },
    events: [jobEvent(job, `job.${nextState[phase]}`, { phase, ...taken })],
  });
  await drive.ports.checkpoint(`measured:${phase}`);
}

async function stopMeasuring(job: JobRecord, phase: Phase, drive: Drive): Promise<void> {
  const message = 'The job was cancelled.';
  if (phase === 'after') {
    await goBack(job, drive, { reason: 'cancelled', message, onConflict: 'stop' });
    return;
  }
  await drive.commit({
    move: { from: 'measuring-before', to: 'cancelled' },
    events: [jobEvent(job, 'job.cancelled', { written: false })],
  });
}

/** The probes that the job's tuners name, each once, by name. */
function specsOf(job: JobRecord, drive: Drive): readonly ProbeSpec[] {
  const byText = new Map<string, ProbeSpec>();
  for (const tuner of tunersOf(job, drive.ports.tuners)) {
    for (const spec of tuner.probes) byText.set(JSON.stringify(spec), spec);
  }
  return [...byText.keys()].toSorted().flatMap((text) => byText.get(text) ?? []);
}

async function measureRound(
  job: JobRecord,
  cluster: EngineCluster,
  specs: readonly ProbeSpec[],
  place: Pick<Sample, 'phase' | 'attempt' | 'round'>,
  drive: Drive,
): Promise<Sample[]> {
  const { measuring } = job;
  const { signal } = drive;
  const { ends, dnsAddress } = await cluster.probeEnds(measuring.nodePairs + 1, signal);
  const counters = specs.filter((spec) => spec.type === 'counter');
  const samples: Sample[] = [];

  const countedFrom = await readCounters(cluster, counters, signal);
  for (const spec of specs) {
    if (spec.type === 'counter') continue;
    for (const pair of pairsOf(ends, measuring.nodePairs)) {
      samples.push(
        ...(await probePair({ spec, pair, dnsAddress, measuring, place, cluster, signal })),
      );
    }
  }
  const countedTo = await readCounters(cluster, counters, signal);
  samples.push(...growth(counters, countedFrom, countedTo, place, drive.ports.clock.now()));
  return samples;
}

import { createHash } from 'node:crypto';
import {
  canonicalJson,
  hashPlan,
  planProfile,
  type Json,
  type JsonObject,
  type ProfileSettings,
} from '@fairlead/core';
import { checkProfile, tuners } from '@fairlead/tuners';
import { conditions } from './support/conditions.ts';
import { observeSimulated } from './support/observe-simulated.ts';
import { printTable } from './support/print-table.ts';
import { settingsByTuner } from './support/settings-by-tuner.ts';
import { middle, ratios, spread } from './support/spread.ts';

const wanted: ProfileSettings = settingsByTuner;
const runs = 9;
const clusterCount = 1000;
const nodeCount = 10;
const goalSeconds = 2;

/** Stored observations are texts: what is timed begins with reading them, as a gateway does. */
const under = conditions(
  `one cluster of ${nodeCount} nodes, observed once; its observations copied`,
);
const observed = await observeSimulated(nodeCount, tuners);
const planned = tuners.filter(({ name }) => observed.has(name) && name in wanted);
const left = tuners.filter((tuner) => !planned.includes(tuner)).map(({ name }) => name);
const fleet = Array.from({ length: clusterCount }, (_, at) => textOf(at));
const bytes = fleet.reduce((sum, text) => sum + text.length, 0);

const seconds = { plan: [] as number[], advise: [] as number[], read: [] as number[] };
let changes = 0;
let refused: readonly string[] = [];
// Turn by turn, so that all share every mood of the machine; the first turn is not counted.
for (let run = -1; run < runs; run += 1) {
  const figures = [timed(planAll), timed(adviseAll), timed(readAll)] as const;
  if (run < 0) continue;
  seconds.plan.push(figures[0]);
  seconds.advise.push(figures[1]);
  seconds.read.push(figures[2]);
}

const verdict = middle(seconds.plan) <= goalSeconds ? 'met' : 'missed';
printTable({
  title: `Planning ${clusterCount} clusters of ${nodeCount} nodes with ${planned.map(({ name }) => name).join(', ')}; ${runs} runs, turn by turn`,
  conditions: under,
  head: ['median (least–most), processor seconds for all', 'time', 'times the baseline', 'goal'],
  rows: [
    [
      'read, plan, check across tuners, hash',
      spread(seconds.plan, 2),
      spread(ratios(seconds.plan, seconds.read), 1),
      `≤ ${goalSeconds}: ${verdict}`,
    ],
    [
      'read, advise',
      spread(seconds.advise, 2),
      spread(ratios(seconds.advise, seconds.read), 1),
      '',
    ],
    ['read alone (baseline): JSON.parse', spread(seconds.read, 2), '', ''],
  ],
  notes: [
    `${changes} changes in all plans; ${(bytes / 1e6).toFixed(1)} MB of observations.`,
    ...(refused.length === 0
      ? []
      : [`Planned, and refused on this cluster: ${refused.join(', ')}.`]),
    ...(left.length === 0 ? [] : [`Left out, without settings here: ${left.join(', ')}.`]),
  ],
});

/** All observations of one cluster, with its nodes called by names of their own. */
function textOf(at: number): string {
  const all = Object.fromEntries(planned.map(({ name }) => [name, observed.get(name) as Json]));
  return JSON.stringify(all).replaceAll(/"n(\d+)"/g, `"c${at}-n$1"`);
}

function read(text: string): Readonly<Record<string, JsonObject>> {
  return JSON.parse(text) as Record<string, JsonObject>;
}

function readAll(): void {
  for (const text of fleet) read(text);
}

function planAll(): void {
  changes = 0;
  for (const text of fleet) {
    const rows = read(text);
    const parts = planned.map((tuner) => {
      const settings = tuner.settings.parse(wanted[tuner.name]);
      const observation = tuner.observation.parse(rows[tuner.name]);
      return { tuner: tuner.name, settings, observation, plan: tuner.plan(settings, observation) };
    });
    // One refusal would leave the whole without changes, and so without most of its hash.
    const accepted = parts.filter((part) => part.plan.refusals.length === 0);
    const plan = planProfile(accepted, checkProfile);
    refused = parts.filter((part) => !accepted.includes(part)).map(({ tuner }) => tuner);
    hashPlan(plan, sha256);
    changes += plan.changes.length;
  }
}

function adviseAll(): void {
  for (const text of fleet) {
    const rows = read(text);
    for (const tuner of planned) {
      const findings = tuner.advise?.(tuner.observation.parse(rows[tuner.name])) ?? [];
      canonicalJson(findings);
    }
  }
}

/** Of a processor: on a busy machine a clock on the wall also tells what the others did. */
function timed(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

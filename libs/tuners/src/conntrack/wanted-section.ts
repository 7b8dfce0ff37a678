import type { Json, PathEdit } from '@fairlead/core';
import { sameJson } from '@fairlead/core';
import { byText } from '../by-text.js';
import { isAtLeast } from '../version.js';
import { durationText } from '../proxy-config/go-duration.js';
import type { ConntrackSection } from './kube-proxy.js';
import { configuredMax, configuredSeconds } from './kube-proxy-writes.js';
import { beLiberalKey, maxKey } from './timeouts.js';
import type { Wish } from './wishes.js';

/**
 * kube-proxy's `conntrack` section with the wishes in it, where kube-proxy is the one that decides;
 * what it leaves alone stays left alone. Equal to `section` when it says all of it already.
 * `maxPerCore: 1` with `min: N` is N on every node, in every version. Source: domain.md 2.1.
 *
 * @param cpus  of the nodes that kube-proxy runs on
 */
export function wantedSection(
  section: ConntrackSection,
  wishes: readonly Wish[],
  cpus: readonly number[],
  version: string,
): ConntrackSection {
  const wanted: ConntrackSection = { ...section };
  for (const { key, wanted: text, field } of wishes) {
    if (key === maxKey) {
      const sizes = cpus.map((count) => configuredMax(section, count, version));
      const isDecided = sizes.some((size) => size !== null);
      if (isDecided && sizes.some((size) => size !== Number(text))) {
        Object.assign(wanted, { maxPerCore: 1, min: Number(text) });
      }
    }
    if (key === beLiberalKey && section['tcpBeLiberal'] === true && text === '0') {
      wanted['tcpBeLiberal'] = false;
    }
    if (field === undefined) continue;
    const isUdp = field === 'udpTimeout' || field === 'udpStreamTimeout';
    const seconds = isUdp && !isAtLeast(version, '1.29') ? 0 : configuredSeconds(section, field);
    if (seconds > 0 && seconds !== Number(text)) wanted[field] = durationText(Number(text));
  }
  return wanted;
}

/** The edits that make one section the other, inside the configuration's text. */
export function sectionEdits(
  dataKey: string,
  before: ConntrackSection,
  after: ConntrackSection,
): PathEdit[] {
  return Object.entries(after)
    .filter(([field, value]) => !sameJson(before[field], value))
    .toSorted(([a], [b]) => byText(a, b))
    .map(([field, value]) => ({
      document: { path: ['data', dataKey], format: 'yaml' },
      path: ['conntrack', field],
      ...(before[field] !== undefined && { before: before[field] }),
      after: value,
    }));
}

/** The fields that differ, as YAML for whoever keeps the configuration. */
export function sectionPatch(before: ConntrackSection, after: ConntrackSection): string {
  const changed = Object.entries(after).filter(([field, value]) => !sameJson(before[field], value));
  const lines = changed
    .toSorted(([a], [b]) => byText(a, b))
    .map(
      ([field, value]: [string, Json]) =>
        `  ${field}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
  return ['conntrack:', ...lines].join('\n');
}

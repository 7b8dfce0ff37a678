import { corefileValue, type CorefilePath } from '@fairlead/core';
import { secondsOf } from '../../proxy-config/go-duration.js';
import { isAtLeast } from '../../version.js';
import { cacheWishes } from './cache-wishes.js';
import { has, serverBlocks, type ClusterBlock } from './server-block.js';
import type { CoreDnsSettings } from './settings.js';

/** A line of the Corefile as it is to be; `words` undefined: gone. */
export interface Wish {
  readonly path: CorefilePath;
  readonly words: readonly string[] | undefined;
}

/** What stands at a path, with several lines that fit told apart from none. */
export type Present = (path: CorefilePath) => readonly string[] | undefined;

/**
 * The lines that the settings ask for and that are not there yet, in an order in which each finds what
 * it stands in. Source: domain.md 4.3, CoreDNS's plugin READMEs.
 */
export function corefileWishes(
  settings: CoreDnsSettings,
  cluster: ClusterBlock,
  version: string | null,
): readonly Wish[] {
  const { file, block } = cluster;
  const present: Present = (path) => corefileValue(file, path) ?? undefined;
  const wishes = [
    ...(settings.cache === undefined
      ? []
      : cacheWishes(settings.cache, block.label, present, hasStaleModes(version))),
    ...forwardWishes(settings.forward, block.label, present),
    ...autopathWishes(settings.autopath, block.label, present),
    ...healthWishes(settings, cluster, present),
  ];
  return wishes.filter(({ path, words }) => !saysTheSame(present(path), words));
}

/** `verify` and `immediate` came with 1.9.2. */
export function hasStaleModes(version: string | null): boolean {
  return version === null || isAtLeast(version, '1.9.2');
}

function forwardWishes(
  asked: CoreDnsSettings['forward'],
  label: string,
  present: Present,
): readonly Wish[] {
  if (asked === undefined) return [];
  const line = [label, 'forward .'];
  const { maxConcurrent, policy, transport } = asked;
  const wishes: Wish[] = [];
  if (maxConcurrent !== undefined) {
    wishes.push({ path: [...line, 'max_concurrent'], words: [String(maxConcurrent)] });
  }
  // Random is what it does when nothing is said.
  const isDefault = policy === 'random' && present([...line, 'policy']) === undefined;
  if (policy !== undefined && !isDefault)
    wishes.push({ path: [...line, 'policy'], words: [policy] });
  if (transport !== undefined) {
    wishes.push(
      { path: [...line, 'force_tcp'], words: transport === 'force-tcp' ? [] : undefined },
      { path: [...line, 'prefer_udp'], words: transport === 'prefer-udp' ? [] : undefined },
    );
  }
  return wishes;
}

function autopathWishes(
  asked: boolean | undefined,
  label: string,
  present: Present,
): readonly Wish[] {
  const path = [label, 'autopath'];
  if (asked === undefined) return [];
  if (!asked) return [{ path, words: undefined }];
  const isThere = present(path)?.at(-1) === '@kubernetes';
  return [
    { path: [label, 'kubernetes', 'pods'], words: ['verified'] },
    ...(isThere ? [] : [{ path, words: ['@kubernetes'] }]),
  ];
}

/** These listen for the whole process: where another block has them, they are there already. */
function healthWishes(
  { lameduckSeconds, ready }: CoreDnsSettings,
  { file, block }: ClusterBlock,
  present: Present,
): readonly Wish[] {
  const placeOf = (plugin: string) =>
    (has(block, plugin) ? block : (serverBlocks(file).find((one) => has(one, plugin)) ?? block))
      .label;
  const wishes: Wish[] = [];
  if (lameduckSeconds !== undefined) {
    const health = [placeOf('health'), 'health'];
    const now = present([...health, 'lameduck']);
    if (now !== undefined || lameduckSeconds > 0) {
      if (present(health) === undefined) wishes.push({ path: health, words: [] });
      wishes.push({ path: [...health, 'lameduck'], words: [`${lameduckSeconds}s`] });
    }
  }
  if (ready === true) {
    const path = [placeOf('ready'), 'ready'];
    if (present(path) === undefined) wishes.push({ path, words: [] });
  }
  return wishes;
}

/** `1m` and `60s` are the same. */
function saysTheSame(
  now: readonly string[] | undefined,
  wanted: readonly string[] | undefined,
): boolean {
  if (now === undefined || wanted === undefined) return now === wanted;
  return now.length === wanted.length && now.every((word, at) => sameWord(word, wanted[at] ?? ''));
}

function sameWord(a: string, b: string): boolean {
  if (a === b) return true;
  const [left, right] = [secondsOf(a), secondsOf(b)];
  return left !== null && left === right;
}

import type { Present, Wish } from './corefile-wishes.js';
import { secondsOf } from '../../proxy-config/go-duration.js';
import type { CacheSettings } from './settings.js';

/** What holds where a line does not say. Source: domain.md 4.3. */
export const defaultCapacity = 9984;
const defaultTtl = { success: 3600, denial: 1800 } as const;

/** `cache [TTL] [ZONES…]` and the properties in its braces. */
export function cacheWishes(
  asked: CacheSettings,
  label: string,
  present: Present,
  hasStaleModes: boolean,
): readonly Wish[] {
  const line = [label, 'cache'];
  const now = present(line);
  const [first, ...rest] = now ?? [];
  const ttlNow = first !== undefined && /^\d+$/.test(first) ? first : undefined;
  const zones = ttlNow === undefined ? (now ?? []) : rest;
  const ttl = asked.ttlSeconds === undefined ? ttlNow : String(asked.ttlSeconds);
  const { prefetch, serveStale } = asked;
  return [
    { path: line, words: [...(ttl === undefined ? [] : [ttl]), ...zones] },
    ...kindWishes('success', asked.success, line, ttl, present),
    ...kindWishes('denial', asked.denial, line, ttl, present),
    ...(prefetch === undefined
      ? []
      : [
          {
            path: [...line, 'prefetch'],
            words: [
              String(prefetch.amount),
              `${prefetch.durationSeconds}s`,
              `${prefetch.percentage}%`,
            ],
          },
        ]),
    ...(serveStale === undefined ? [] : [staleWish(serveStale, line, present, hasStaleModes)]),
  ];
}

/** `success CAPACITY [TTL [MINTTL]]`: a later word needs the ones before it. */
function kindWishes(
  kind: 'success' | 'denial',
  asked: CacheSettings['success'],
  line: readonly string[],
  cacheTtl: string | undefined,
  present: Present,
): readonly Wish[] {
  if (asked === undefined) return [];
  const path = [...line, kind];
  const [capacityNow, ttlNow, minNow] = present(path) ?? [];
  const capacity = textOf(asked.capacity) ?? capacityNow ?? String(defaultCapacity);
  const min = textOf(asked.minTtlSeconds) ?? minNow;
  const ttl =
    textOf(asked.ttlSeconds) ??
    ttlNow ??
    (min === undefined ? undefined : (cacheTtl ?? String(defaultTtl[kind])));
  return [{ path, words: [capacity, ttl, min].filter((word) => word !== undefined) }];
}

function staleWish(
  { durationSeconds, mode }: NonNullable<CacheSettings['serveStale']>,
  line: readonly string[],
  present: Present,
  hasStaleModes: boolean,
): Wish {
  const path = [...line, 'serve_stale'];
  const [durationNow, modeNow = 'immediate', ...more] = present(path) ?? [];
  const isSame = secondsOf(durationNow ?? '1h') === durationSeconds && modeNow === mode;
  if (isSame && present(path) !== undefined) return { path, words: present(path) };
  const words = [`${durationSeconds}s`, ...(hasStaleModes ? [mode] : [])];
  // What stands behind the mode belongs to that mode.
  return { path, words: modeNow === mode && hasStaleModes ? [...words, ...more] : words };
}

function textOf(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

import type { KernelKeyName } from '@fairlead/core';
import { byText } from '../by-text.js';
import type { ConntrackSettings } from './settings.js';
import {
  beLiberalKey,
  bucketsKey,
  maxKey,
  timeoutNames,
  timeouts,
  type KubeProxyField,
} from './timeouts.js';

/** One key as asked. */
export interface Wish {
  readonly key: KernelKeyName;
  /** Kernel text. */
  readonly wanted: string;
  /** Whether a node that has more keeps it. */
  readonly isRaiseOnly: boolean;
  /** kube-proxy's own field for the key, where it has one, and seconds for it. */
  readonly field?: KubeProxyField;
}

/** What the settings ask for, by key. */
export function wishesOf(settings: ConntrackSettings): Wish[] {
  const { maxEntries, buckets, timeoutSeconds = {}, tcpBeLiberal, allowDecrease } = settings;
  const wishes: Wish[] = timeoutNames.flatMap((name) => {
    const seconds = timeoutSeconds[name];
    if (seconds === undefined) return [];
    const entry = { kubeProxyField: undefined, ...timeouts[name] };
    return [
      {
        key: entry.key,
        wanted: String(seconds),
        isRaiseOnly: false,
        ...(entry.kubeProxyField !== undefined && { field: entry.kubeProxyField }),
      },
    ];
  });
  const isRaiseOnly = !allowDecrease;
  if (maxEntries !== undefined)
    wishes.push({ key: maxKey, wanted: String(maxEntries), isRaiseOnly });
  if (buckets !== undefined) wishes.push({ key: bucketsKey, wanted: String(buckets), isRaiseOnly });
  if (tcpBeLiberal !== undefined) {
    wishes.push({ key: beLiberalKey, wanted: tcpBeLiberal ? '1' : '0', isRaiseOnly: false });
  }
  return wishes.toSorted((a, b) => byText(a.key, b.key));
}

/** What a key becomes on a node that now has `current`. */
export function wishedFor(wish: Wish, current: string): string {
  return wish.isRaiseOnly && Number(current) > Number(wish.wanted) ? current : wish.wanted;
}

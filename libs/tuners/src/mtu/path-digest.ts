import { z } from 'zod';
import { PathStop, type MeasuredPaths, type NodePath } from '@fairlead/core';
import { byText } from '../by-text.js';
import { IpFamily } from '../cni/seen-cni.js';

/** One path that is worth naming. */
export const SeenPath = z.strictObject({
  node: z.string(),
  to: z.string(),
  address: z.string(),
  linkMtuBytes: z.number().nullable(),
  passesBytes: z.number().nullable(),
  stoppedBy: PathStop,
});
export type SeenPath = z.infer<typeof SeenPath>;

const SomePaths = z.strictObject({ count: z.int().nonnegative(), first: z.array(SeenPath) });

/**
 * What the paths between nodes carry. A cluster of 64 nodes has 4032 of them over each family: all are
 * counted, the worst are kept.
 */
export const PathDigest = z.strictObject({
  /** Of those that carry anything. */
  families: z.array(
    z.strictObject({
      family: IpFamily,
      paths: z.int().positive(),
      /** The most that crosses any of them. */
      leastBytes: z.int().positive(),
    }),
  ),
  /** The narrowest first. */
  narrowest: z.array(SeenPath),
  /** Where larger packets than pass, and no larger than the sender's link takes, are lost without a word. */
  silent: SomePaths,
  /** Where nothing came through: nothing is known of them. */
  unproved: SomePaths,
  /** Nodes that nobody measured from, and why. */
  problems: z.array(z.strictObject({ node: z.string(), problem: z.string() })),
  /** Nodes that were sent to: fewer than there are in a large cluster. */
  targetNodes: z.int().nonnegative(),
});
export type PathDigest = z.infer<typeof PathDigest>;

const keptPaths = 20;

export function digestOf({ paths, problems, targetNodes }: MeasuredPaths): PathDigest {
  const proved = paths.filter(({ passesBytes }) => passesBytes !== null);
  const some = (chosen: readonly NodePath[]) => ({
    count: chosen.length,
    first: chosen.toSorted(byWidth).slice(0, keptPaths).map(seen),
  });
  return {
    families: (['ipv4', 'ipv6'] as const).flatMap((family) => {
      const widths = proved
        .filter((path) => familyOf(path) === family)
        .map(({ passesBytes }) => passesBytes ?? 0);
      const leastBytes = widths.reduce((least, width) => Math.min(least, width), Infinity);
      return widths.length === 0 ? [] : [{ family, paths: widths.length, leastBytes }];
    }),
    narrowest: proved.toSorted(byWidth).slice(0, keptPaths).map(seen),
    silent: some(proved.filter(({ stoppedBy }) => stoppedBy === 'silence')),
    unproved: some(paths.filter(({ passesBytes }) => passesBytes === null)),
    problems: [...problems],
    targetNodes,
  };
}

/** The most that crosses every path over a family; null where none was measured. */
export function leastBytes(paths: PathDigest, family: IpFamily): number | null {
  return paths.families.find((seen) => seen.family === family)?.leastBytes ?? null;
}

export function familyOf({ address }: { readonly address: string }): IpFamily {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

/** `n1 to n2 (10.0.0.2) 1500`. */
export function pathText({ node, to, address, passesBytes }: SeenPath): string {
  return `${node} to ${to} (${address}) ${passesBytes ?? 'nothing'}`;
}

export function byWidth(a: NodePath | SeenPath, b: NodePath | SeenPath): number {
  const difference = (a.passesBytes ?? 0) - (b.passesBytes ?? 0);
  const key = (path: NodePath | SeenPath) => `${path.node} ${path.to} ${path.address}`;
  return difference === 0 ? byText(key(a), key(b)) : difference;
}

function seen(path: NodePath): SeenPath {
  const { node, to, address, linkMtuBytes, passesBytes, stoppedBy } = path;
  return { node, to, address, linkMtuBytes, passesBytes, stoppedBy };
}

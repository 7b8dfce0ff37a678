import type { Corefile, CorefileBlock, CorefileDirective } from './parse-corefile.js';

/**
 * A place in a Corefile is a path: the label of a block, then for each level of braces the first words of
 * a line, enough of them to tell it from its neighbours.
 *
 *     ['.:53', 'cache']                      the arguments of `cache`: ['30']
 *     ['.:53', 'cache', 'success']           those of the property: ['9984', '30']
 *     ['.:53', 'forward .', 'max_concurrent']
 *     ['(snippet)', 'errors']
 *
 * Its value is the list of words that are left on the line, without what stands in braces; a place that
 * is not there has none. Where several lines fit, the place is ambiguous.
 */
export type CorefilePath = readonly string[];

export type FoundPlace =
  | { readonly kind: 'found'; readonly directive: CorefileDirective; readonly named: number }
  | { readonly kind: 'absent' }
  | { readonly kind: 'ambiguous' };

/** What stands at the path; undefined where nothing does, null where several lines fit. */
export function corefileValue(
  file: Corefile,
  path: CorefilePath,
): readonly string[] | null | undefined {
  const found = findPlace(file, path);
  if (found.kind === 'absent') return undefined;
  if (found.kind === 'ambiguous') return null;
  return found.directive.words.slice(found.named).map(({ text }) => text);
}

export function findBlock(file: Corefile, label: string): CorefileBlock | 'absent' | 'ambiguous' {
  const [block, ...others] = file.blocks.filter((candidate) => candidate.label === label);
  if (block === undefined) return 'absent';
  return others.length > 0 ? 'ambiguous' : block;
}

/** The line at the path; `named` is how many of its words the last step names. */
export function findPlace(file: Corefile, path: CorefilePath): FoundPlace {
  const [label = '', ...steps] = path;
  const block = findBlock(file, label);
  if (block === 'absent' || block === 'ambiguous') return { kind: block };
  let directives = block.directives;
  let found: FoundPlace = { kind: 'absent' };
  for (const step of steps) {
    found = findAmong(directives, step);
    if (found.kind !== 'found') return found;
    directives = found.directive.block?.directives ?? [];
  }
  return found;
}

function findAmong(directives: readonly CorefileDirective[], step: string): FoundPlace {
  const named = wordsOf(step);
  const fits = directives.filter(({ words }) =>
    named.every((word, at) => words[at]?.text === word),
  );
  const [directive, ...others] = fits;
  if (directive === undefined) return { kind: 'absent' };
  return others.length > 0
    ? { kind: 'ambiguous' }
    : { kind: 'found', directive, named: named.length };
}

/** The words of one step: `forward .` names two. */
export function wordsOf(step: string): readonly string[] {
  return step.split(' ');
}

import { wordsOf, type CorefilePath } from './corefile-places.js';
import type { Corefile, CorefileDirective } from './parse-corefile.js';

/** What a Corefile says, without how it is laid out. Empty braces and none are the same to CoreDNS. */
export interface CorefileShape {
  readonly imports: readonly string[];
  readonly blocks: readonly { readonly label: string; readonly lines: readonly ShapeLine[] }[];
}

/** The words of a line, and the lines in its braces. */
export type ShapeLine = readonly [words: readonly string[], inner: readonly ShapeLine[]];

export function shapeOf({ imports, blocks }: Corefile): CorefileShape {
  return {
    imports,
    blocks: blocks.map(({ label, directives }) => ({ label, lines: directives.map(lineOf) })),
  };
}

function lineOf({ words, block }: CorefileDirective): ShapeLine {
  return [words.map(({ text }) => text), (block?.directives ?? []).map(lineOf)];
}

export function sameShape(a: CorefileShape, b: CorefileShape): boolean {
  // Lists, and members that are always made in the same order.
  return JSON.stringify(a) === JSON.stringify(b);
}

/** What the file is to say once the words at the place are set, or the line is gone; null where it is ambiguous. */
export function expectedShape(
  file: Corefile,
  path: CorefilePath,
  value: readonly string[] | undefined,
): CorefileShape | null {
  const [label, ...steps] = path;
  const shape = shapeOf(file);
  const at = shape.blocks.findIndex((block) => block.label === label);
  const block = shape.blocks[at];
  const isOnly = shape.blocks.filter((other) => other.label === label).length === 1;
  if (block === undefined || !isOnly) return null;
  const lines = withLine(block.lines, steps, value);
  return lines === null ? null : { ...shape, blocks: shape.blocks.with(at, { ...block, lines }) };
}

function withLine(
  lines: readonly ShapeLine[],
  steps: readonly string[],
  value: readonly string[] | undefined,
): readonly ShapeLine[] | null {
  const [step, ...rest] = steps;
  if (step === undefined) return null;
  const named = wordsOf(step);
  const fits = lines.filter(([words]) => named.every((word, at) => words[at] === word));
  const [line] = fits;
  if (fits.length > 1) return null;
  if (line === undefined && value === undefined) return lines;
  const [words, inner] = line ?? [named, []];
  if (rest.length === 0) {
    if (value === undefined) return lines.filter((other) => other !== line);
    return put(lines, line, [[...named, ...value], inner]);
  }
  const below = withLine(inner, rest, value);
  return below === null ? null : put(lines, line, [words, below]);
}

function put(
  lines: readonly ShapeLine[],
  line: ShapeLine | undefined,
  by: ShapeLine,
): readonly ShapeLine[] {
  return line === undefined ? [...lines, by] : lines.with(lines.indexOf(line), by);
}

import { stringify } from 'csv-stringify/sync';
import type { Sample } from '@fairlead/core';

const columns = [
  'phase',
  'attempt',
  'round',
  'probe',
  'unit',
  'node',
  'peer',
  'at',
  'value',
  'invalid',
] as const satisfies readonly (keyof Sample)[];

/** RFC 4180 with a header line. An absent member is an empty field. */
export async function* csvOf(pages: AsyncIterable<readonly Sample[]>): AsyncGenerator<string> {
  yield stringify([columns], { record_delimiter: 'windows' });
  for await (const samples of pages) {
    // A text that a spreadsheet would run is quoted into plain text.
    yield stringify([...samples], {
      columns: [...columns],
      record_delimiter: 'windows',
      escape_formulas: true,
    });
  }
}

/** One JSON array, in pieces. */
export async function* jsonOf(pages: AsyncIterable<readonly Sample[]>): AsyncGenerator<string> {
  let before = '[';
  for await (const samples of pages) {
    if (samples.length === 0) continue;
    yield before + samples.map((sample) => JSON.stringify(sample)).join(',\n');
    before = ',\n';
  }
  yield before === '[' ? '[]' : ']';
}

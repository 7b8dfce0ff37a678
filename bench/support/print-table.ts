import Table from 'cli-table3';

export interface TableText {
  readonly title: string;
  readonly conditions: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly notes?: readonly string[];
}

export function printTable({ title, conditions, head, rows, notes = [] }: TableText): void {
  const table = new Table({ head: [...head], style: { head: [], border: [] } });
  for (const row of rows) table.push([...row]);
  console.log(`\n${title}\n${conditions}\n${table.toString()}`);
  for (const note of notes) console.log(note);
}

import type pg from 'pg';

/**
 * One statement, its values as parameters; the rows as `pg` reads them, so bigints come as text.
 * Prepared once per connection, under a name of its place in the source.
 */
export type Sql = <Row extends object>(
  parts: TemplateStringsArray,
  ...values: readonly unknown[]
) => Promise<readonly Row[]>;

/** The same for values that `pg` sends as they are, so that nothing can fail before the database sees it. */
export type TextSql = <Row extends object>(
  parts: TemplateStringsArray,
  ...values: readonly (string | null)[]
) => Promise<readonly Row[]>;

interface Statement {
  readonly name: string;
  readonly text: string;
}

/** A template's strings are the same object each time it is evaluated. */
const statements = new WeakMap<TemplateStringsArray, Statement>();
let named = 0;

export function sqlOn(client: pg.ClientBase): Sql {
  return async <Row extends object>(parts: TemplateStringsArray, ...values: readonly unknown[]) => {
    const { rows } = await client.query<Row>({ ...statementOf(parts), values: [...values] });
    return rows;
  };
}

function statementOf(parts: TemplateStringsArray): Statement {
  const known = statements.get(parts);
  if (known !== undefined) return known;
  named += 1;
  const text = parts.reduce((before, part, index) => `${before}$${index}${part}`);
  const statement = { name: `fairlead_sql_${named}`, text };
  statements.set(parts, statement);
  return statement;
}

import { z } from 'zod';
import { Json } from '../fields.js';

export type JsonSchema = { [member: string]: unknown };

/**
 * zod schemas as JSON Schema 2020-12. Whatever has an id becomes a component, once.
 */
export class SchemaComponents {
  readonly #components = new Map<string, JsonSchema>();

  /** The schema, or a reference to it when it has an id. `io` tells what is sent from what is answered. */
  of(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const converted = z.toJSONSchema(schema, { io, override: simplify }) as JsonSchema;
    const { $schema: _dialect, $defs, ...root } = converted;
    for (const [id, definition] of Object.entries(($defs ?? {}) as Record<string, JsonSchema>)) {
      // zod names what recurs inside Json itself; Json is shown as "anything".
      if (!id.startsWith('__')) this.set(id, pointToComponents(definition) as JsonSchema);
    }
    return pointToComponents(root) as JsonSchema;
  }

  set(id: string, schema: JsonSchema): void {
    const { id: _id, ...rest } = schema;
    this.#components.set(id, rest);
  }

  get(id: string): JsonSchema {
    const found = this.#components.get(id);
    if (found === undefined) throw new TypeError(`There is no component ${id}`);
    return found;
  }

  all(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#components].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}

function simplify({ zodSchema, jsonSchema }: { zodSchema: unknown; jsonSchema: JsonSchema }): void {
  if (zodSchema === Json) {
    for (const member of Object.keys(jsonSchema)) {
      if (member !== 'description') delete jsonSchema[member];
    }
  }
  // The format says it; the pattern beside it only makes the document hard to read.
  if (jsonSchema['format'] === 'date-time' || jsonSchema['format'] === 'uuid')
    delete jsonSchema['pattern'];
  if (isStringSchema(jsonSchema['propertyNames'])) delete jsonSchema['propertyNames'];
}

function isStringSchema(value: unknown): boolean {
  return JSON.stringify(value) === '{"type":"string"}';
}

function pointToComponents(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pointToComponents);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === '$ref' && typeof member === 'string'
        ? member.replace('#/$defs/', '#/components/schemas/')
        : pointToComponents(member),
    ]),
  );
}

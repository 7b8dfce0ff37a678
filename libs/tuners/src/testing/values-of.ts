import fc from 'fast-check';
import type { z } from 'zod';

/** A JSON Schema as zod writes it, as far as parameters need it. */
export interface ValueSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly ValueSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly items?: ValueSchema;
  readonly prefixItems?: readonly ValueSchema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly propertyNames?: ValueSchema;
  readonly additionalProperties?: ValueSchema;
  readonly 'x-minimum-seconds'?: number;
  readonly 'x-maximum-seconds'?: number;
}

/** Values that the schema lets through, and that `accepts` lets through too where it says more. */
export function valuesOf(schema: ValueSchema, accepts: z.ZodType): fc.Arbitrary<unknown> {
  return drawn(schema).filter((value) => accepts.safeParse(value).success);
}

function drawn(schema: ValueSchema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(drawn));
  const low = schema['x-minimum-seconds'];
  if (low !== undefined) {
    const high = schema['x-maximum-seconds'] ?? low;
    return fc.integer({ min: Math.ceil(low), max: high }).map((seconds) => `${seconds}s`);
  }
  switch (schema.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer': {
      const step = schema.multipleOf ?? 1;
      const bounds = {
        min: Math.ceil(schema.minimum! / step),
        max: Math.floor(schema.maximum! / step),
      };
      return fc.integer(bounds).map((value) => value * step);
    }
    case 'number':
      return fc
        .double({ min: schema.minimum!, max: schema.maximum!, noNaN: true })
        .map((value) => value + 0);
    case 'array':
      return schema.prefixItems === undefined
        ? fc.array(drawn(schema.items!), {
            minLength: schema.minItems ?? 0,
            maxLength: Math.min(schema.maxItems!, 4),
          })
        : fc
            .tuple(...schema.prefixItems.map(drawn))
            .map((fields) =>
              fields.every((field) => typeof field === 'number')
                ? fields.toSorted((a, b) => a - b)
                : fields,
            );
    case 'object':
      return fc.dictionary(
        fc.stringMatching(new RegExp(schema.propertyNames!.pattern!)),
        fc.string({ maxLength: schema.additionalProperties!.maxLength! }),
        { maxKeys: 3 },
      );
    default:
      return fc.stringMatching(new RegExp(schema.pattern!), { maxLength: schema.maxLength! });
  }
}

/** Values just outside of the schema: one for each bound that it has, and some of another type. */
export function strangersTo(schema: ValueSchema): readonly unknown[] {
  const always = [null, Number.NaN, Symbol('none'), { stranger: 1 }];
  if (schema.const !== undefined || schema.enum !== undefined) {
    return [...always, 'no such word', -99, []];
  }
  if (schema.anyOf !== undefined) return [...always, 'no such word', -99];
  const [low, high] = [schema['x-minimum-seconds'], schema['x-maximum-seconds']];
  if (high !== undefined) return [...always, `${high + 1}s`, low! > 0 ? '0s' : '-1s', 'soon', 30];
  switch (schema.type) {
    case 'boolean':
      return [...always, 'true', 0, []];
    case 'integer':
    case 'number':
      return [
        ...always,
        schema.minimum! - 1,
        schema.maximum! + 1,
        Infinity,
        String(schema.minimum),
        [],
      ];
    case 'array':
      return [
        ...always,
        'one',
        Array.from({ length: (schema.maxItems ?? schema.prefixItems?.length ?? 0) + 1 }, () => 0),
        [{ stranger: 1 }],
      ];
    case 'object':
      return [...always.slice(0, 4), { stranger: 1 }, 'one', []];
    default:
      return [...always, 'x'.repeat(schema.maxLength! + 1), ' ', 7, []];
  }
}

/** Why a schema leaves a side open; null when every value has its bounds. */
export function unbounded(schema: ValueSchema): string | null {
  if (schema.const !== undefined || schema.enum !== undefined) return null;
  if (schema.anyOf !== undefined)
    return schema.anyOf.map(unbounded).find((why) => why !== null) ?? null;
  switch (schema.type) {
    case 'boolean':
      return null;
    case 'integer':
    case 'number':
      return schema.minimum === undefined || schema.maximum === undefined ? 'a number' : null;
    case 'array':
      if (schema.prefixItems !== undefined) {
        return schema.prefixItems.map(unbounded).find((why) => why !== null) ?? null;
      }
      return schema.maxItems === undefined ? 'a list' : unbounded(schema.items ?? {});
    case 'object':
      return schema.propertyNames === undefined
        ? 'members'
        : unbounded(schema.additionalProperties ?? {});
    case 'string':
      return schema.maxLength === undefined ? 'a text' : null;
    default:
      return 'anything';
  }
}

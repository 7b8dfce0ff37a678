import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import type { Operation } from '../operation.js';
import { operations } from '../operations.js';
import { problemCatalogue } from '../problems/catalogue.js';
import { openApiDocument } from './document.js';
import { problemCodesOf } from './problem-responses.js';

const document = openApiDocument('1.2.3');
const table = Object.values(operations) as readonly Operation[];

describe('openApiDocument', () => {
  it('is a valid OpenAPI 3.1 document', async () => {
    const { valid, errors } = await new Validator().validate(
      structuredClone(document) as unknown as Record<string, unknown>,
    );

    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
  });

  it('has every operation of the table exactly once', () => {
    const ids = Object.values(document.paths).flatMap((item) =>
      Object.values(item).map((operation) => operation['operationId']),
    );

    expect(ids.toSorted()).toEqual(Object.keys(operations).toSorted());
  });

  it('says null nowhere: what is missing is absent', () => {
    const text = JSON.stringify(document);

    expect(text).not.toContain('"nullable"');
    expect(text).not.toContain('"null"');
  });

  it('refers only to components that exist', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      (m) => m[1],
    );

    expect(references.length).toBeGreaterThan(50);
    for (const reference of new Set(references)) {
      const name = reference?.replace('#/components/schemas/', '') ?? '';
      expect(Object.keys(document.components.schemas)).toContain(name);
    }
  });

  it('has examples that its own schemas accept', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default.default(ajv);
    ajv.addSchema({ $id: 'https://fairlead.dev/api', ...document });
    let tried = 0;
    for (const [pointer, schema] of schemasWithExamples(document)) {
      const validate = ajv.compile({ $ref: `https://fairlead.dev/api#${pointer}` });
      for (const example of schema.examples) {
        tried += 1;
        expect([pointer, validate(example), validate.errors]).toEqual([pointer, true, null]);
      }
    }

    expect(tried).toBeGreaterThan(15);
  });

  it('gives every request with a body an example', () => {
    const without = table.flatMap(({ rest, id }) => {
      const operation = document.paths[rest.path]?.[rest.method.toLowerCase()] as {
        requestBody?: { content: Record<string, { schema: { $ref: string } }> };
      };
      const name = operation.requestBody?.content['application/json']?.schema.$ref
        .split('/')
        .at(-1);
      return name !== undefined && !document.components.schemas[name]?.['examples'] ? [id] : [];
    });

    expect(without).toEqual([]);
  });

  it('takes problems only from the catalogue', () => {
    for (const operation of table) {
      for (const code of problemCodesOf(operation))
        expect(Object.keys(problemCatalogue)).toContain(code);
    }
  });
});

interface WithExamples {
  readonly examples: readonly unknown[];
}

function schemasWithExamples(value: unknown, pointer = ''): readonly [string, WithExamples][] {
  if (typeof value !== 'object' || value === null) return [];
  const own: [string, WithExamples][] =
    'examples' in value && Array.isArray(value.examples) ? [[pointer, value as WithExamples]] : [];
  const inner = Object.entries(value).flatMap(([key, member]) =>
    schemasWithExamples(
      member,
      `${pointer}/${encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))}`,
    ),
  );
  return [...own, ...inner];
}

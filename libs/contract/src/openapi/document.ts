import { operations } from '../operations.js';
import type { Operation } from '../operation.js';
import { ProblemSchema } from '../problems/problem-schema.js';
import { operationObject } from './operation-object.js';
import { SchemaComponents, type JsonSchema } from './schemas.js';

export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: JsonSchema;
  readonly servers: readonly JsonSchema[];
  readonly security: readonly JsonSchema[];
  readonly tags: readonly JsonSchema[];
  readonly paths: Readonly<Record<string, Record<string, JsonSchema>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: JsonSchema;
  };
}

/** The OpenAPI 3.1 document of the whole REST API, out of the table of operations. */
export function openApiDocument(version: string): OpenApiDocument {
  const components = new SchemaComponents();
  components.of(ProblemSchema, 'output');
  const paths: Record<string, Record<string, JsonSchema>> = {};
  const tags = new Set<string>();
  for (const operation of Object.values(operations) as readonly Operation[]) {
    const item = (paths[operation.rest.path] ??= {});
    item[operation.rest.method.toLowerCase()] = operationObject(operation, components);
    tags.add(operation.grpc.service.replace(/Service$/, ''));
    // Streams are described as text, so the schema of their events is added by hand.
    if (operation.kind === 'watch') components.of(operation.response, 'output');
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Fairlead',
      version,
      summary: 'Tunes the network of Kubernetes clusters, measures, and puts it back.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }],
    tags: [...tags].map((name) => ({ name })),
    paths,
    components: {
      schemas: components.all(),
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key of Fairlead.' },
      },
    },
  };
}

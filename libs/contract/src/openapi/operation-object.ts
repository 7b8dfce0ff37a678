import type { z } from 'zod';
import { membersAt, type Operation } from '../operation.js';
import { problemResponses } from './problem-responses.js';
import type { JsonSchema, SchemaComponents } from './schemas.js';

/** One operation of the table as an OpenAPI operation object. */
export function operationObject(operation: Operation, components: SchemaComponents): JsonSchema {
  const body = bodyOf(operation, components);
  return {
    operationId: operation.id,
    summary: operation.summary,
    description: [
      operation.description,
      `Needs the role ${operation.role}.`,
      `gRPC: \`fairlead.v1.${operation.grpc.service}/${operation.grpc.method}\`.`,
    ]
      .filter((text) => text !== undefined)
      .join('\n\n'),
    tags: [operation.grpc.service.replace(/Service$/, '')],
    parameters: [
      ...parametersAt(operation, 'path', components),
      ...parametersAt(operation, 'query', components),
      ...headerParameters(operation),
    ],
    ...(body !== undefined && { requestBody: body }),
    responses: {
      [operation.rest.status]: successResponse(operation, components),
      ...problemResponses(operation),
    },
  };
}

function parametersAt(
  operation: Operation,
  place: 'path' | 'query',
  components: SchemaComponents,
): readonly JsonSchema[] {
  return membersAt(operation, place).map((name) => {
    const member = operation.request.shape[name] as z.ZodType;
    const schema = components.of(member, 'input');
    return {
      name,
      in: place,
      required: !member.safeParse(undefined).success,
      ...(typeof schema['description'] === 'string' && { description: schema['description'] }),
      ...(schema['type'] === 'array' && { style: 'form', explode: true }),
      schema,
    };
  });
}

function headerParameters(operation: Operation): readonly JsonSchema[] {
  const headers: JsonSchema[] = [];
  if (operation.kind === 'mutation') {
    headers.push({
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      description: 'Calls with one key have one effect, for 24 hours.',
      schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
    });
  }
  if (operation.ifMatch === true) {
    headers.push({
      name: 'If-Match',
      in: 'header',
      required: true,
      description: 'The etag of what is edited.',
      schema: { type: 'string' },
    });
  }
  if (operation.kind === 'watch') {
    headers.push({
      name: 'Last-Event-ID',
      in: 'header',
      required: false,
      description: 'Goes before `after`.',
      schema: { type: 'string' },
    });
  }
  return headers;
}

function bodyOf(operation: Operation, components: SchemaComponents): JsonSchema | undefined {
  const inBody = membersAt(operation, 'body');
  if (inBody.length === 0) return undefined;
  const reference = components.of(operation.request, 'input');
  const id = String(reference['$ref']).split('/').at(-1) ?? '';
  const whole = components.get(id);
  const keep = (members: unknown): JsonSchema =>
    Object.fromEntries(
      Object.entries(members as JsonSchema).filter(([name]) => inBody.includes(name)),
    );
  const required = ((whole['required'] ?? []) as string[]).filter((name) => inBody.includes(name));
  const { required: _required, ...rest } = whole;
  components.set(id, {
    ...rest,
    properties: keep(whole['properties']),
    ...(required.length > 0 && { required }),
    ...(Array.isArray(whole['examples']) && { examples: whole['examples'].map(keep) }),
  });
  return {
    required: required.length > 0,
    content: { 'application/json': { schema: reference } },
  };
}

function successResponse(operation: Operation, components: SchemaComponents): JsonSchema {
  if (operation.rest.status === 204) return { description: 'Done.' };
  const headers = successHeaders(operation);
  return {
    description: operation.kind === 'watch' ? 'Events, each a JSON document.' : 'Done.',
    ...(Object.keys(headers).length > 0 && { headers }),
    content: successContent(operation, components),
  };
}

function successContent(operation: Operation, components: SchemaComponents): JsonSchema {
  if (operation.kind === 'download') {
    const text = { schema: { type: 'string' } };
    return Object.fromEntries(
      (operation.contentTypes ?? []).map((type) => [
        type,
        type === 'application/json' ? { schema: { type: 'array', items: {} } } : text,
      ]),
    );
  }
  const schema = components.of(operation.response, 'output');
  if (operation.kind !== 'watch') return { 'application/json': { schema } };
  // OpenAPI 3.1 cannot describe a stream's items: the stream is text, and each event's data fits the component.
  return {
    'text/event-stream': {
      schema: {
        type: 'string',
        description: `The data of each event is a ${String(schema['$ref']).split('/').at(-1)}.`,
      },
    },
  };
}

function successHeaders(operation: Operation): JsonSchema {
  const text = { schema: { type: 'string' } };
  return {
    ...(operation.rest.location !== undefined && {
      Location: { description: 'Where it can be read. Absent when only validated.', ...text },
    }),
    ...('etag' in operation.response.shape && { ETag: text }),
    ...(operation.kind === 'mutation' && {
      'Idempotency-Replayed': {
        description: '`true` when an earlier answer is repeated.',
        ...text,
      },
    }),
  };
}

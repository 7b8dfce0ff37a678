import { EventSourceParserStream } from 'eventsource-parser/stream';
import { membersAt, operations, type Operation, type OperationId } from '@fairlead/contract';
import type { Json, JsonObject } from '@fairlead/core';
import type { GrpcOptions } from '../grpc/client.js';
import { scalarText } from '../scalar-text.js';

export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: JsonObject;
  readonly text: string;
}

export interface RestClient {
  call(id: OperationId, request: JsonObject, options: GrpcOptions): Promise<RestAnswer>;
  /** The data of each event. Throws the answer when it is no stream. */
  events(
    id: OperationId,
    request: JsonObject,
    options: GrpcOptions & { readonly lastEventId?: string },
  ): AsyncGenerator<JsonObject>;
}

/** Calls operations by their id, with every member where the contract places it. */
export function restClient(baseUrl: string): RestClient {
  const send = (
    id: OperationId,
    request: JsonObject,
    options: GrpcOptions,
    more: Record<string, string> = {},
  ) => {
    const operation = operations[id] as unknown as Operation;
    const { url, body } = placed(operation, request);
    const { key, idempotencyKey, ifMatch, signal } = options;
    return fetch(baseUrl + url, {
      method: operation.rest.method,
      headers: {
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
        ...(ifMatch !== undefined && { 'if-match': ifMatch }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...more,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  };
  return {
    async call(id, request, options) {
      const response = await send(id, request, options);
      return answerOf(response, await response.text());
    },
    async *events(id, request, { lastEventId, ...options }) {
      const more: Record<string, string> =
        lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
      const response = await send(id, request, options, more);
      if (response.status !== 200 || response.body === null) {
        throw Object.assign(new Error('No stream'), {
          answer: answerOf(response, await response.text()),
        });
      }
      const parsed = response.body
        .pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream());
      for await (const event of parsed) yield JSON.parse(event.data) as JsonObject;
    },
  };
}

function answerOf({ status, headers }: Response, text: string): RestAnswer {
  const isJson = /^application\/(problem\+)?json/.test(headers.get('content-type') ?? '');
  return {
    status,
    headers,
    text,
    body: isJson && text !== '' ? (JSON.parse(text) as JsonObject) : {},
  };
}

function placed(operation: Operation, request: JsonObject): { url: string; body?: JsonObject } {
  let path = operation.rest.path;
  const query = new URLSearchParams();
  const body: Record<string, JsonObject[string]> = {};
  const inQuery = membersAt(operation, 'query');
  for (const [name, value] of Object.entries(request)) {
    if (path.includes(`{${name}}`))
      path = path.replace(`{${name}}`, encodeURIComponent(scalarText(value)));
    else if (inQuery.includes(name)) {
      const many = (Array.isArray(value) ? value : [value]) as readonly Json[];
      for (const one of many) query.append(name, scalarText(one));
    } else body[name] = value;
  }
  const url = query.size > 0 ? `${path}?${query.toString()}` : path;
  return membersAt(operation, 'body').length > 0 ? { url, body } : { url };
}

import type { OperationId } from '@fairlead/contract';
import type { JsonObject } from '@fairlead/core';
import { GrpcCallFailed, type GrpcOptions } from '../grpc/client.js';
import type { RestAnswer } from './rest-client.js';
import type { TestGateway } from './test-gateway.js';
import { scalarText } from '../scalar-text.js';

/** What came of a call, in words that both transports share. */
export type Outcome =
  | { readonly response: JsonObject }
  | { readonly items: readonly JsonObject[] }
  | { readonly text: string }
  | { readonly problem: { code: string; detail: string; remedy: string; violations: unknown } };

export interface EitherTransport {
  call(id: OperationId, request: JsonObject, options: GrpcOptions): Promise<Outcome>;
  /** The first events of a stream, or the problem in its place. */
  take(id: OperationId, count: number, request: JsonObject, options: GrpcOptions): Promise<Outcome>;
  download(id: OperationId, request: JsonObject, options: GrpcOptions): Promise<Outcome>;
}

export function overRest({ rest }: TestGateway): EitherTransport {
  const problemOf = ({ body }: RestAnswer): Outcome => ({
    problem: {
      code: scalarText(body['code']),
      detail: scalarText(body['detail']),
      remedy: scalarText(body['remedy']),
      violations: body['violations'] ?? [],
    },
  });
  return {
    async call(id, request, options) {
      const answer = await rest.call(id, request, options);
      return answer.status < 300 ? { response: answer.body } : problemOf(answer);
    },
    async take(id, count, request, options) {
      try {
        return {
          items: await first(count, (signal) => rest.events(id, request, { ...options, signal })),
        };
      } catch (error) {
        return problemOf((error as { answer: RestAnswer }).answer);
      }
    },
    async download(id, request, options) {
      const answer = await rest.call(id, request, options);
      return answer.status < 300 ? { text: answer.text } : problemOf(answer);
    },
  };
}

export function overGrpc({ grpc }: TestGateway): EitherTransport {
  const told = async (work: Promise<Outcome>): Promise<Outcome> => {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof GrpcCallFailed)) throw error;
      const { code, detail, remedy, violations } = error.status;
      return {
        problem: { code: scalarText(code), detail, remedy: scalarText(remedy), violations },
      };
    }
  };
  return {
    call: (id, request, options) =>
      told(grpc.call(id, request, options).then((response) => ({ response }))),
    take: (id, count, request, options) =>
      told(
        first(count, (signal) => grpc.stream(id, request, { ...options, signal })).then(
          (items) => ({ items }),
        ),
      ),
    download: (id, request, options) =>
      told(
        Array.fromAsync(grpc.stream(id, request, options)).then((pieces) => ({
          text: pieces.map((piece) => scalarText(piece['text'])).join(''),
        })),
      ),
  };
}

async function first(
  count: number,
  open: (signal: AbortSignal) => AsyncGenerator<JsonObject>,
): Promise<readonly JsonObject[]> {
  const enough = new AbortController();
  const items: JsonObject[] = [];
  for await (const item of open(enough.signal)) {
    if (items.push(item) === count) break;
  }
  enough.abort();
  return items;
}

/** Outcomes of two runs become comparable: whatever is made anew each time is numbered by first appearance. */
export function normalised(outcomes: unknown): unknown {
  const numbers = new Map<string, string>();
  const numbered = (kind: string) => (found: string) => {
    const known = numbers.get(found) ?? `<${kind} ${numbers.size}>`;
    numbers.set(found, known);
    return known;
  };
  const text = JSON.stringify(outcomes, (name, value: unknown) => {
    if (name === 'observationAgeSeconds' || name === 'ageSeconds') return typeof value;
    if (name === 'nextPageToken' || name === 'key') return '<secret>';
    if (isMembers(value))
      return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    return value;
  })
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, numbered('id'))
    .replaceAll(/[0-9a-f]{64}/g, numbered('hash'))
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z, \d+ seconds/g, '<time>, <age>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>');
  return JSON.parse(text);
}

function isMembers(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

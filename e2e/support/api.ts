import type { Operation, OperationId } from '@fairlead/contract';
import { membersAt, operations, pathMembers } from '@fairlead/contract';

/** What a call may carry beside its request. */
export interface CallOptions {
  readonly idempotencyKey?: string;
  readonly ifMatch?: string;
}

/** Either transport, by operation. A refused call throws ApiProblem. */
export interface Api {
  readonly transport: 'rest' | 'grpc';
  call(id: OperationId, request: object, options?: CallOptions): Promise<any>;
  /** Events of a watch until it ends by itself. */
  watch(id: OperationId, request: object): AsyncIterable<any>;
  close(): void;
}

export class ApiProblem extends Error {
  readonly code: string;
  readonly problem: any;
  constructor(code: string, problem: any) {
    super(`${code}: ${JSON.stringify(problem)}`);
    this.code = code;
    this.problem = problem;
  }
}

export function restApi(base: string, key: string): Api {
  async function send(operation: Operation, request: any, options: CallOptions): Promise<Response> {
    const query = new URLSearchParams();
    for (const member of membersAt(operation, 'query')) {
      for (const value of [request[member]].flat())
        if (value !== undefined) query.append(member, String(value));
    }
    let path: string = operation.rest.path;
    for (const member of pathMembers(path))
      path = path.replace(`{${member}}`, String(request[member]));
    const body = Object.fromEntries(
      membersAt(operation, 'body').map((member) => [member, request[member]]),
    );
    const hasBody = !['GET', 'DELETE'].includes(operation.rest.method);
    const response = await fetch(`${base}${path}?${query.toString()}`, {
      method: operation.rest.method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(hasBody && { 'content-type': 'application/json' }),
        ...(options.idempotencyKey && { 'idempotency-key': options.idempotencyKey }),
        ...(options.ifMatch && { 'if-match': options.ifMatch }),
      },
      ...(hasBody && { body: JSON.stringify(body) }),
    });
    if (response.ok) return response;
    const problem: any = await response.json();
    throw new ApiProblem(String(problem.type).split('/').at(-1) ?? '', problem);
  }

  return {
    transport: 'rest',
    async call(id, request, options = {}) {
      const response = await send(operations[id], request, options);
      if (response.status === 204) return {};
      const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
      const isDownload = operations[id].kind === 'download';
      return isJson && !isDownload ? await response.json() : { text: await response.text() };
    },
    async *watch(id, request) {
      const response = await send(operations[id], request, {});
      yield* eventsOf(response);
    },
    close: () => undefined,
  };
}

/** Parses Server-Sent Events: data lines only, comments are heartbeats. */
async function* eventsOf(response: Response): AsyncIterable<any> {
  const { createParser } = await import('eventsource-parser');
  const queue: string[] = [];
  const parser = createParser({ onEvent: (event) => queue.push(event.data) });
  const decoder = new TextDecoder();
  if (response.body === null) return;
  for await (const chunk of response.body) {
    parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }));
    for (const data of queue.splice(0)) yield JSON.parse(data);
  }
}

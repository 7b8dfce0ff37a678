import { createHash } from 'node:crypto';
import type { Operation } from '@fairlead/contract';
import {
  canonicalJson,
  DomainError,
  Forbidden,
  InvalidRequest,
  mayAct,
  type Actor,
  type JsonObject,
  type Tuner,
} from '@fairlead/core';
import type { Store } from '@fairlead/store';
import type { Authenticator } from './authenticator.js';
import type { Answered, Context, Handlers } from './context.js';
import { requireMatch } from './etags.js';
import { pagesOf } from './page-tokens.js';
import { parseInput } from './parse-input.js';
import type { Signer } from './secrets.js';

export interface CallParts {
  readonly store: Store;
  readonly tuners: readonly Tuner[];
  readonly handlers: Handlers;
  readonly authenticate: Authenticator;
  readonly now: () => Date;
  readonly pageSigner: Signer;
  readonly fingerprintSigner: Signer;
  readonly streamsPerActor: number;
}

/** What a transport read beside the request's own members. */
export interface CallOptions {
  readonly actor: Actor;
  readonly idempotencyKey: string | undefined;
  readonly ifMatch: string | undefined;
  readonly signal: AbortSignal;
}

type Input = JsonObject & { readonly validateOnly?: boolean };
type AnyHandler = (input: unknown, context: Context) => Promise<unknown>;

/** The one way in: authorise, validate, handle, and let out only what the response's schema names. */
export class Calls {
  readonly #parts: CallParts;
  readonly #streams = new Map<string, number>();

  constructor(parts: CallParts) {
    this.#parts = parts;
  }

  /** Throws Unauthenticated. */
  authenticate(authorization: string | undefined): Promise<Actor> {
    return this.#parts.authenticate(authorization);
  }

  /** Throws Forbidden. Both ways in check it too; a transport may ask before it reads what was sent. */
  authorise(operation: Operation, actor: Actor): void {
    authorise(operation, actor);
  }

  /** Answers an operation of kind `read` or `mutation`. */
  async answer(
    operation: Operation,
    raw: unknown,
    options: CallOptions,
  ): Promise<Answered<JsonObject>> {
    const { handler, input, context } = this.#enter(operation, raw, options);
    const result = await handler(input, context);
    const { response, replayed } =
      operation.kind === 'mutation'
        ? (result as Answered<object>)
        : { response: result as object, replayed: false };
    return { response: operation.response.parse(response) as JsonObject, replayed };
  }

  /** Opens an operation of kind `watch` or `download`. Whatever it refuses, it refuses before it returns. */
  async open(
    operation: Operation,
    raw: unknown,
    options: CallOptions,
  ): Promise<AsyncIterable<JsonObject>> {
    const { handler, input, context } = this.#enter(operation, raw, options);
    const release = this.#takeStream(options.actor);
    try {
      const items = (await handler(input, context)) as AsyncIterable<unknown>;
      return checked(operation, items, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  #enter(operation: Operation, raw: unknown, options: CallOptions) {
    authorise(operation, options.actor);
    if (operation.kind === 'mutation') checkIdempotencyKey(options.idempotencyKey);
    const input = parseInput(operation.request, raw) as unknown as Input;
    if (operation.ifMatch === true && options.ifMatch === undefined) requireMatch(undefined, '');
    const handler = this.#parts.handlers[operation.id as keyof Handlers] as unknown as AnyHandler;
    return { handler, input, context: this.#context(operation, input, options) };
  }

  #context(operation: Operation, input: Input, options: CallOptions): Context {
    const { store, tuners, now, pageSigner } = this.#parts;
    const { pageSize: _size, pageToken: _token, ...filter } = input;
    return {
      actor: options.actor,
      store,
      tuners,
      now,
      signal: options.signal,
      pages: pagesOf(pageSigner, { operation: operation.id, actor: options.actor, filter }),
      matchEtag: (current) => requireMatch(options.ifMatch, current),
      command: async (work) => {
        const command = this.#command(operation, input, options);
        const done = await store.command(
          command,
          async (tx) => (await work(tx)) as unknown as JsonObject,
        );
        return done as unknown as Answered<never>;
      },
    };
  }

  #command(operation: Operation, input: Input, { actor, idempotencyKey, ifMatch }: CallOptions) {
    const { validateOnly = false, ...asked } = input;
    if (idempotencyKey === undefined) return { actor, validateOnly };
    // Keyed, since a request may hold a secret whose plain hash could be guessed at.
    const text = canonicalJson([asked, ifMatch ?? null]);
    const fingerprint = this.#parts.fingerprintSigner.sign(text);
    return {
      actor,
      validateOnly,
      idempotency: { key: idempotencyKey, operation: operation.id, fingerprint },
    };
  }

  #takeStream(actor: Actor): () => void {
    const open = this.#streams.get(actor.id) ?? 0;
    if (open >= this.#parts.streamsPerActor) {
      throw new DomainError(
        'exhausted',
        'too-many-streams',
        `This caller has ${open} streams open.`,
      );
    }
    this.#streams.set(actor.id, open + 1);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const left = (this.#streams.get(actor.id) ?? 1) - 1;
      if (left > 0) this.#streams.set(actor.id, left);
      else this.#streams.delete(actor.id);
    };
  }
}

async function* checked(
  operation: Operation,
  items: AsyncIterable<unknown>,
  release: () => void,
): AsyncGenerator<JsonObject> {
  try {
    for await (const item of items) yield operation.response.parse(item) as JsonObject;
  } finally {
    release();
  }
}

function authorise(operation: Operation, actor: Actor): void {
  if (mayAct(actor, operation.role)) return;
  throw new Forbidden(`${operation.id} needs the role ${operation.role}; yours is ${actor.role}.`);
}

function checkIdempotencyKey(key: string | undefined): void {
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return;
  throw new InvalidRequest(
    'idempotency-key-invalid',
    'An idempotency key has 1 to 255 visible ASCII characters.',
  );
}

/** SHA-256 of a UTF-8 text, lower-case hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

import type { Operation, OperationId, Operations, RequestOf, ResponseOf } from '@fairlead/contract';
import type { Actor, Tuner } from '@fairlead/core';
import type { Store, Tx } from '@fairlead/store';
import type { Pages } from './page-tokens.js';

/** All that a handler may use. Nothing in it knows of HTTP or gRPC. */
export interface Context {
  readonly actor: Actor;
  readonly store: Store;
  readonly tuners: readonly Tuner[];
  readonly now: () => Date;
  /** Aborted when the caller is gone or the gateway stops. */
  readonly signal: AbortSignal;
  /** Of this list, with this filter, for this caller. */
  readonly pages: Pages;
  /** Throws PreconditionFailed unless the caller edits exactly this version. Call it on a locked row. */
  matchEtag(current: string): void;
  /** One transaction with the actor, the idempotency key and `validateOnly` of the call. */
  command<T extends object>(work: (tx: Tx) => Promise<T>): Promise<Answered<T>>;
}

export interface Answered<T> {
  readonly response: T;
  /** An earlier answer to the same call: nothing happened now. */
  readonly replayed: boolean;
}

type Input<O extends Operation> = RequestOf<O>;

/** One handler for each operation; both transports enter here. */
export type HandlerOf<O extends Operation> = O['kind'] extends 'mutation'
  ? (input: Input<O>, context: Context) => Promise<Answered<ResponseOf<O>>>
  : O['kind'] extends 'read'
    ? (input: Input<O>, context: Context) => Promise<ResponseOf<O>>
    : /** Whatever can be refused is refused before the first item. */
      (input: Input<O>, context: Context) => Promise<AsyncIterable<ResponseOf<O>>>;

export type Handlers = { readonly [Id in OperationId]: HandlerOf<Operations[Id]> };

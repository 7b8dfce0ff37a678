import type { z } from 'zod';
import { operations, type OperationId, type Operations } from '@fairlead/contract';

type Sent<Id extends OperationId> = z.input<Operations[Id]['request']>;
export type Answered<Id extends OperationId> = z.output<Operations[Id]['response']>;

/** What the gateway said no with. */
export class CallRefused extends Error {
  readonly status: number;

  constructor(id: string, status: number, text: string) {
    super(`${id} was answered with ${status}: ${text}`);
    this.name = 'CallRefused';
    this.status = status;
  }
}

/** Calls the gateway over REST, by the contract. */
export class Api {
  readonly #base: string;
  readonly #key: string;

  constructor(base: string, key: string) {
    this.#base = base;
    this.#key = key;
  }

  /** @throws CallRefused for anything but success */
  async call<Id extends OperationId>(
    id: Id,
    request: Sent<Id>,
    idempotencyKey?: string,
  ): Promise<Answered<Id>> {
    const { rest, response: schema } = operations[id];
    const members = new Map(Object.entries(request as Record<string, unknown>));
    const path = rest.path.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = String(members.get(name));
      members.delete(name);
      return encodeURIComponent(value);
    });
    const isRead = rest.method === 'GET';
    const query = new URLSearchParams();
    if (isRead) for (const [name, value] of members) query.set(name, String(value));
    const answer = await fetch(`${this.#base}${path}?${query.toString()}`, {
      method: rest.method,
      headers: {
        authorization: `Bearer ${this.#key}`,
        ...(!isRead && { 'content-type': 'application/json' }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      },
      ...(!isRead && { body: JSON.stringify(Object.fromEntries(members)) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new CallRefused(id, answer.status, text);
    return schema.parse(JSON.parse(text)) as Answered<Id>;
  }

  /** The text of an operation of kind `download`, whose members all stand in its path. */
  async download<Id extends OperationId>(id: Id, request: Sent<Id>): Promise<string> {
    const members = request as Record<string, string>;
    const path = operations[id].rest.path.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(members[name] ?? ''),
    );
    const answer = await fetch(`${this.#base}${path}`, {
      headers: { authorization: `Bearer ${this.#key}` },
    });
    const text = await answer.text();
    if (!answer.ok) throw new CallRefused(id, answer.status, text);
    return text;
  }
}

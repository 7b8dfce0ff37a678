import { actorText, type JsonObject } from '@fairlead/core';
import type { Command, Store } from './api.js';
import type { Database } from './database/database.js';
import { claimKey } from './idempotency.js';
import { finish, openTx } from './repositories/transaction.js';
import type { SecretBox } from './secrets/sealing.js';

/** Carries the answer of a dry run out of the transaction that it rolls back. */
class DryRun extends Error {
  readonly response: JsonObject;

  constructor(response: JsonObject) {
    super('Rolled back on purpose.');
    this.response = response;
  }
}

export function commandsOn(database: Database, box: SecretBox): Pick<Store, 'command' | 'read'> {
  return {
    async command<T extends JsonObject>(
      command: Command,
      work: (tx: ReturnType<typeof openTx>['tx']) => Promise<T>,
    ) {
      try {
        return await database.transaction(async (db, { sql, last }) => {
          const { validateOnly = false } = command;
          const idempotency = validateOnly ? undefined : command.idempotency;
          if (idempotency !== undefined) {
            const answer = await claimKey(sql, actorText(command.actor), idempotency);
            if (answer !== null) return { response: answer as T, replayed: true };
          }
          const { tx, events, rings } = openTx(db, sql, box);
          const response = await work(tx);
          const answer =
            idempotency === undefined
              ? undefined
              : { actor: actorText(command.actor), key: idempotency.key, response };
          await finish(validateOnly ? sql : last, { events, rings, answer });
          if (validateOnly) throw new DryRun(response);
          return { response, replayed: false };
        });
      } catch (error) {
        if (error instanceof DryRun) return { response: error.response as T, replayed: false };
        throw error;
      }
    },

    read: (work) => database.snapshot((db, { sql }) => work(openTx(db, sql, box).tx)),
  };
}

import { Conflict, type Actor } from '@fairlead/core';
import { hashApiKey, newId, type Store } from '@fairlead/store';

const installer: Actor = { kind: 'system', id: 'gateway', name: 'Fairlead', role: 'admin' };

/**
 * Makes the given text the first admin key, unless any key exists: later ones are made over the API.
 *
 * @returns true when it was made
 */
export async function ensureFirstAdmin(store: Store, key: string): Promise<boolean> {
  if ((await store.read((tx) => tx.apiKeys.count())) > 0) return false;
  const id = newId();
  try {
    await store.command({ actor: installer }, async (tx) => {
      await tx.apiKeys.create({ id, name: 'First admin', role: 'admin', hash: hashApiKey(key) });
      tx.audit({
        type: 'api-key.created',
        actor: installer,
        subject: { kind: 'api-key', id },
        data: { name: 'First admin', role: 'admin' },
      });
      return {};
    });
    return true;
  } catch (error) {
    // Another gateway that started at the same moment was first.
    if (error instanceof Conflict) return false;
    throw error;
  }
}

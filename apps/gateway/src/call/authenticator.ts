import { Unauthenticated, type Actor } from '@fairlead/core';
import { hashApiKey, type Store } from '@fairlead/store';

/**
 * Tells who calls, from the `Authorization` header or metadata. Throws Unauthenticated.
 * Other ways to prove who one is (OIDC) become further implementations of this.
 */
export type Authenticator = (authorization: string | undefined) => Promise<Actor>;

export function apiKeyAuthenticator(store: Pick<Store, 'actorOfKey'>): Authenticator {
  return async (authorization) => {
    const key = /^Bearer +([\x21-\x7e]{1,512})$/i.exec(authorization ?? '')?.[1];
    if (key === undefined) throw new Unauthenticated();
    const actor = await store.actorOfKey(hashApiKey(key));
    if (actor === null) throw new Unauthenticated();
    return actor;
  };
}

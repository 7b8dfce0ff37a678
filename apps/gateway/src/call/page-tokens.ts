import { canonicalJson, InvalidRequest, type Actor, type Json } from '@fairlead/core';
import type { Signer } from './secrets.js';

/** Pages of one list, for one caller and one filter: a token fits nothing else. */
export interface Pages {
  /** The key to go on from, or undefined for the first page. Throws InvalidRequest `page-token-invalid`. */
  read(token: string | undefined): string | undefined;
  write(next: string): string;
}

export function pagesOf(
  signer: Signer,
  of: { readonly operation: string; readonly actor: Actor; readonly filter: Json },
): Pages {
  const scope = canonicalJson([of.operation, of.actor.kind, of.actor.id, of.filter]);
  return {
    read(token) {
      if (token === undefined) return undefined;
      const [key = '', signature = ''] = token.split('.');
      const after = Buffer.from(key, 'base64url').toString('utf8');
      if (!signer.verify(`${after} ${scope}`, signature)) {
        throw new InvalidRequest(
          'page-token-invalid',
          'The page token belongs to another list, filter or caller.',
        );
      }
      return after;
    },
    write: (next) =>
      `${Buffer.from(next, 'utf8').toString('base64url')}.${signer.sign(`${next} ${scope}`)}`,
  };
}

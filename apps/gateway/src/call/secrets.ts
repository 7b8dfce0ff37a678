import { createHmac, createSecretKey, hkdfSync, timingSafeEqual } from 'node:crypto';

/** Signs what callers carry for us. Each purpose has a key of its own, derived from the secret key. */
export interface Signer {
  sign(text: string): string;
  verify(text: string, signature: string): boolean;
}

export function signerFor(secretKey: Buffer, purpose: string): Signer {
  const derived = hkdfSync('sha256', secretKey, '', `fairlead gateway ${purpose}`, 32);
  const key = createSecretKey(Buffer.from(derived));
  const sign = (text: string) => createHmac('sha256', key).update(text, 'utf8').digest('base64url');
  return {
    sign,
    verify(text, signature) {
      const wanted = Buffer.from(sign(text));
      const given = Buffer.from(signature);
      return wanted.length === given.length && timingSafeEqual(wanted, given);
    },
  };
}

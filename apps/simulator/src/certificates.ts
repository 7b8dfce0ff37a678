import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';

export interface Authority {
  readonly certPem: string;
  readonly keyPem: string;
}

const tenYears = 10 * 365 * 24 * 3600 * 1000;

/** The CA of all simulated clusters; kept in the folder, since who registered a cluster pins it. */
export async function loadAuthority(folder: string | undefined): Promise<Authority> {
  const kept = folder === undefined ? undefined : join(folder, 'ca.json');
  if (kept !== undefined && existsSync(kept))
    return JSON.parse(readFileSync(kept, 'utf8')) as Authority;
  const made = await generate([{ name: 'commonName', value: 'Fairlead simulator CA' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + tenYears),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const authority = { certPem: made.cert, keyPem: made.private };
  if (kept !== undefined) writePrivate(kept, JSON.stringify(authority));
  return authority;
}

/** For 127.0.0.1, ::1 and localhost alone: the simulator listens nowhere else. */
export async function serverCertificate(authority: Authority): Promise<Authority> {
  const made = await generate([{ name: 'commonName', value: 'Fairlead simulator' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + tenYears),
    ca: { key: authority.keyPem, cert: authority.certPem },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return { certPem: made.cert, keyPem: made.private };
}

/** A cluster's bearer token, the same at every start with the same folder. */
export function loadToken(folder: string | undefined, cluster: string): string {
  const kept = folder === undefined ? undefined : join(folder, `${cluster}.token`);
  if (kept !== undefined && existsSync(kept)) return readFileSync(kept, 'utf8');
  const token = randomBytes(32).toString('base64url');
  if (kept !== undefined) writePrivate(kept, token);
  return token;
}

export function writePrivate(file: string, text: string): void {
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
  writeFileSync(file, text, { mode: 0o600 });
}

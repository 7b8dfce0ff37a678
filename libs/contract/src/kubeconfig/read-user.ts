import type { ClusterCredentials } from '@fairlead/core';
import { pemOf } from './pem.js';
import { refusal } from './refuse.js';
import { isSet, refuseUnknown, textOf, type Members } from './select.js';

const known = ['token', 'client-certificate-data', 'client-key-data', 'extensions'];
const files = ['client-certificate', 'client-key', 'tokenFile'];
const impersonations = ['as', 'as-uid', 'as-groups', 'as-user-extra'];
const passwords = ['username', 'password'];
const keyLabels = ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY'];

/** The one credential of a user: a token, or a client certificate with its key, both as data. */
export function readUser(user: Members): ClusterCredentials['user'] {
  refuseDangers(user);
  refuseUnknown(
    user,
    [...known, ...files, ...impersonations, ...passwords, 'exec', 'auth-provider'],
    'The user',
  );

  const token = textOf(user, 'token', 'the user');
  const cert = textOf(user, 'client-certificate-data', 'the user');
  const key = textOf(user, 'client-key-data', 'the user');
  if (token !== undefined && (cert !== undefined || key !== undefined)) {
    throw refusal('two-credentials', 'The user has a token and a client certificate.');
  }
  if (token !== undefined) {
    if (!/^[\x21-\x7e]{1,16384}$/.test(token)) {
      throw refusal('bad-token', 'The token has characters that no token has.');
    }
    return { type: 'token', token };
  }
  if (cert === undefined && key === undefined) {
    throw refusal('no-credentials', 'The user has neither token nor client certificate.');
  }
  if (cert === undefined || key === undefined) {
    throw refusal(
      'incomplete-credentials',
      'The user has a client certificate or a key, not both.',
    );
  }
  return {
    type: 'client-certificate',
    certPem: pemOf(cert, 'client-certificate-data', ['CERTIFICATE'], 16),
    keyPem: pemOf(key, 'client-key-data', keyLabels, 1),
  };
}

/** What would run a program, read a file or act as somebody else on the machine that loads it. */
function refuseDangers(user: Members): void {
  if (isSet(user['exec'])) throw refusal('exec-plugin', 'The user has exec.');
  if (isSet(user['auth-provider'])) throw refusal('auth-provider', 'The user has auth-provider.');
  const file = files.find((name) => isSet(user[name]));
  if (file !== undefined) throw refusal('file-reference', `${file} refers to a file.`);
  const impersonation = impersonations.find((name) => isSet(user[name]));
  if (impersonation !== undefined) throw refusal('impersonation', `The user has ${impersonation}.`);
  if (passwords.some((name) => isSet(user[name]))) {
    throw refusal('basic-auth', 'The user has a user name or password.');
  }
}

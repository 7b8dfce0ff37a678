import type { ClusterCredentials } from '@fairlead/core';
import { pemOf } from './pem.js';
import { refusal } from './refuse.js';
import { isSet, refuseUnknown, textOf, type Members } from './select.js';

const known = [
  'server',
  'certificate-authority-data',
  'certificate-authority',
  'insecure-skip-tls-verify',
  'tls-server-name',
  'proxy-url',
  'disable-compression',
  'extensions',
];

/** Where the API server is and by which CA it is known. */
export function readCluster(
  cluster: Members,
): Pick<ClusterCredentials, 'server' | 'caPem' | 'tlsServerName'> {
  if (isSet(cluster['proxy-url'])) throw refusal('proxy-url', 'The cluster has a proxy-url.');
  if (isSet(cluster['insecure-skip-tls-verify']) && cluster['insecure-skip-tls-verify'] !== false) {
    throw refusal('insecure-tls', 'insecure-skip-tls-verify is set.');
  }
  if (isSet(cluster['certificate-authority'])) {
    throw refusal('file-reference', 'certificate-authority refers to a file.');
  }
  refuseUnknown(cluster, known, 'The cluster');

  const server = readServer(textOf(cluster, 'server', 'the cluster'));
  const ca = textOf(cluster, 'certificate-authority-data', 'the cluster');
  if (ca === undefined) throw refusal('no-ca', 'The cluster has no certificate-authority-data.');
  const caPem = pemOf(ca, 'certificate-authority-data', ['CERTIFICATE'], 16);

  const tlsServerName = textOf(cluster, 'tls-server-name', 'the cluster');
  if (tlsServerName === undefined) return { server, caPem };
  if (!/^(?=.{1,253}$)[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/i.test(tlsServerName)) {
    throw refusal('bad-server-name', 'tls-server-name is no host name.');
  }
  return { server, caPem, tlsServerName };
}

function readServer(text: string | undefined): string {
  if (text === undefined) throw refusal('no-server', 'The cluster has no server.');
  // URL parsers drop tabs and line breaks and turn backslashes round, so what they return may not be what was read.
  if (/[\s\\]|[^\x21-\x7e]/.test(text) || text.length > 2048) {
    throw refusal('bad-url', 'The server holds characters that no URL has.');
  }
  if (!URL.canParse(text)) throw refusal('bad-url', 'The server is no URL.');
  const url = new URL(text);
  if (url.protocol === 'http:') throw refusal('plain-http', 'The server is http.');
  if (url.protocol !== 'https:') throw refusal('bad-url', 'The server is not https.');
  if (url.username !== '' || url.password !== '' || authorityOf(text).includes('@')) {
    throw refusal('userinfo-in-url', 'The server holds a user name or password.');
  }
  if (text.includes('?') || text.includes('#')) {
    throw refusal('bad-url', 'The server has a query or a fragment.');
  }
  if (!/^https:\/\/[^/]/i.test(text)) throw refusal('bad-url', 'The server has no host.');
  return url.href.replace(/\/+$/, '');
}

function authorityOf(text: string): string {
  return text.replace(/^[a-z]+:\/*/i, '').split(/[/?#]/)[0] ?? '';
}

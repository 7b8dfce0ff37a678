import { ClusterCredentials } from '@fairlead/core';
import { readCluster } from './read-cluster.js';
import { readDocument } from './read-document.js';
import { readUser } from './read-user.js';
import { refusal } from './refuse.js';
import { membersOf, refuseUnknown, selectContext } from './select.js';

const known = [
  'apiVersion',
  'kind',
  'clusters',
  'users',
  'contexts',
  'current-context',
  'preferences',
  'extensions',
];

/**
 * The kubeconfig firewall: the only way in which credentials come in. Reads with a parser of our own,
 * since a client library's loader would run programs and read files that the text names.
 *
 * @param text     YAML or JSON, at most 64 KiB
 * @param context  the context to take; may be absent only where there is exactly one
 * @returns        one https server, its CA, and one credential, all as data
 * @throws         Unacceptable with a code `kubeconfig-…` of its own for each reason; the sentence
 *                 never repeats content, which may be secret
 */
export function parseKubeconfig(text: string, context?: string): ClusterCredentials {
  const root = membersOf(readDocument(text), 'The kubeconfig');
  if (root['kind'] !== 'Config' || root['apiVersion'] !== 'v1') {
    throw refusal('unknown-kind', 'The document is not of apiVersion v1 and kind Config.');
  }
  refuseUnknown(root, known, 'The kubeconfig');
  const { cluster, user } = selectContext(root, context);
  return ClusterCredentials.parse({ ...readCluster(cluster), user: readUser(user) });
}

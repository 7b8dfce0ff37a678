import type { ClusterCredentials } from '@fairlead/core';
import { KubeConfig } from '@kubernetes/client-node';
import type { Dispatcher } from 'undici';

/**
 * The client library's picture of one cluster, built from our own parsed credentials alone. None of
 * its loaders is called and it has no authenticators, so nothing of it can start a program or read a
 * file; and every connection goes through `dispatcher`, where the stock class makes one a request.
 */
export function kubeConfigOf(credentials: ClusterCredentials, dispatcher: Dispatcher): KubeConfig {
  const { user } = credentials;
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: 'cluster',
      server: credentials.server,
      caData: base64(credentials.caPem),
      skipTLSVerify: false,
    },
    {
      name: 'user',
      ...(user.type === 'token'
        ? { token: user.token }
        : { certData: base64(user.certPem), keyData: base64(user.keyPem) }),
    },
  );
  // Both members are private in its types only; a spec holds this against a new version of the library.
  return Object.assign(config, { authenticators: [], createDispatcher: () => dispatcher });
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

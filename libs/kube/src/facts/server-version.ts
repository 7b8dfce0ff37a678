import { ClusterUnreachable } from '@fairlead/core';
import type { ApiClient } from '../connection/api-client.js';
import { textAt } from '../objects/text-at.js';

export interface ServerVersion {
  /** `major.minor.patch` without a vendor's suffix. */
  readonly version: string;
  /** The API server says of itself that it is Fairlead's simulator. */
  readonly simulated: boolean;
}

export async function serverVersion(api: ApiClient, signal: AbortSignal): Promise<ServerVersion> {
  const { body } = await api.call(
    { method: 'GET', path: '/version', doing: 'read the version' },
    signal,
  );
  const gitVersion = textAt(body, ['gitVersion']);
  const [, version] = /^v?(\d+\.\d+\.\d+)/.exec(gitVersion) ?? [];
  if (version === undefined)
    throw new ClusterUnreachable('What answers there is no Kubernetes API server.');
  return { version, simulated: gitVersion.includes('+fairlead-simulator') };
}

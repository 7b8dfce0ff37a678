import {
  ClusterForbidden,
  objectText,
  type ClusterReader,
  type Json,
  type ObjectRef,
  type SeenObject,
} from '@fairlead/core';
import { foreignOwnerOf } from '../../foreign-owner.js';
import { listAt, textAt } from '../../json-reading.js';
import type { NodePlatform } from '../../node-platform.js';
import type { CoreDnsDeployment } from './observation.js';
import { ownerOnPlatform } from './platform-owner.js';

/** Follows `-conf` through the container's mounts to the ConfigMap that holds the Corefile; one read. */
export async function observeCorefile(
  deployment: SeenObject,
  container: Json | undefined,
  platforms: ReadonlySet<NodePlatform>,
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<CoreDnsDeployment['corefile']> {
  const source = configMapBehind(deployment, container);
  if (source === null) return { unreadable: 'it comes from no ConfigMap' };
  const { object, dataKey } = source;
  const where = objectText(object);
  let configMap: SeenObject | null;
  try {
    configMap = await reader.read(object, signal);
  } catch (error) {
    if (!(error instanceof ClusterForbidden)) throw error;
    return { unreadable: `${where} may not be read` };
  }
  if (configMap === null) return { unreadable: `${where} does not exist` };
  const text = textAt(configMap, ['data', dataKey]);
  if (text === null) return { unreadable: `${where} has no ${dataKey}` };
  return {
    object,
    dataKey,
    owner: ownerOnPlatform('corefile', platforms) ?? foreignOwnerOf(configMap),
    immutable: configMap['immutable'] === true,
    text,
  };
}

function configMapBehind(
  deployment: SeenObject,
  container: Json | undefined,
): { readonly object: ObjectRef; readonly dataKey: string } | null {
  const words = [...listAt(container, ['command']), ...listAt(container, ['args'])].filter(
    (word) => typeof word === 'string',
  );
  const path = confOf(words);
  const at = path.lastIndexOf('/');
  const [folder, file] = [path.slice(0, at), path.slice(at + 1)];
  const mount = listAt(container, ['volumeMounts']).find(
    (one) => textAt(one, ['mountPath'])?.replace(/\/$/, '') === folder,
  );
  const volume = listAt(deployment, ['spec', 'template', 'spec', 'volumes']).find(
    (one) => textAt(one, ['name']) === textAt(mount, ['name']),
  );
  const name = textAt(volume, ['configMap', 'name']);
  const { namespace } = deployment.metadata;
  if (mount === undefined || name === null || typeof namespace !== 'string') return null;
  const items = listAt(volume, ['configMap', 'items']);
  const item = items.find((one) => textAt(one, ['path']) === file);
  if (items.length > 0 && item === undefined) return null;
  return {
    object: { apiVersion: 'v1', kind: 'ConfigMap', namespace, name },
    dataKey: textAt(item, ['key']) ?? file,
  };
}

/** `-conf X`, `-conf=X`, with one dash or two; `Corefile` in the working directory otherwise. */
function confOf(words: readonly string[]): string {
  for (const [at, word] of words.entries()) {
    const [, value] = /^--?conf=(.*)$/.exec(word) ?? [];
    if (value !== undefined) return value;
    if (/^--?conf$/.test(word)) return words[at + 1] ?? '';
  }
  return 'Corefile';
}

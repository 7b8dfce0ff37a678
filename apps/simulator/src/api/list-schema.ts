import { isFields, type Fields } from './kube-object.js';

/**
 * Which lists are merged item by item, by the names that the built-in types give them
 * (`x-kubernetes-list-map-keys` of the OpenAPI documents). All other lists are replaced whole.
 */
const keysByList: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  imagePullSecrets: ['name'],
  hostAliases: ['ip'],
  secrets: ['name'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  ownerReferences: ['uid'],
  conditions: ['type'],
  podIPs: ['ip'],
};

/** Maps that are one field as a whole: selectors, and references by name. */
const atomicMaps = new Set([
  'matchLabels',
  'nodeSelector',
  'fieldRef',
  'configMapKeyRef',
  'secretKeyRef',
  'affinity',
]);

/** Keys of an associative list at a path, or null for a list that is one value. */
export function listKeys(path: readonly string[]): readonly string[] | null {
  const name = path.at(-1) ?? '';
  if (name === 'ports')
    return path.at(-2) === 'spec' ? ['port', 'protocol'] : ['containerPort', 'protocol'];
  if (name === 'addresses') return path.at(-2) === 'status' ? ['type'] : null;
  return keysByList[name] ?? null;
}

export function isAtomicMap(path: readonly string[]): boolean {
  const name = path.at(-1) ?? '';
  // LabelSelectors are atomic, and so is the selector map of a Service.
  return atomicMaps.has(name) || (name === 'selector' && path.at(-2) === 'spec');
}

/** `{"port":80,"protocol":"TCP"}`: how FieldsV1 names an item. */
export function itemKey(item: unknown, keys: readonly string[]): string {
  const fields: Fields = isFields(item) ? item : {};
  const named = keys.map((key) => [key, fields[key] ?? (key === 'protocol' ? 'TCP' : '')] as const);
  return JSON.stringify(Object.fromEntries(named));
}

export function findItem(list: readonly unknown[], key: string, keys: readonly string[]): number {
  return list.findIndex((item) => itemKey(item, keys) === key);
}

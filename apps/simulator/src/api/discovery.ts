import { groupVersionOf, resources, type Resource } from './resources.js';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** What kubectl and client libraries ask to learn which kinds there are; null when it is not discovery. */
export function discover(path: string, address: string): Record<string, unknown> | null {
  if (path === '/api') {
    return {
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
    };
  }
  if (path === '/apis') return groupList();
  const asked = /^\/(?:api|apis)\/((?:[^/]+\/)?v\d[^/]*)$/.exec(path)?.[1];
  if (asked !== undefined) return resourceList(asked);
  const group = /^\/apis\/([^/]+)$/.exec(path)?.[1];
  return group === undefined ? null : apiGroup(group, { kind: 'APIGroup', apiVersion: 'v1' });
}

function groupNames(): string[] {
  const stored = resources.map((one) => one.group).filter((group) => group !== '');
  return [...new Set([...stored, 'authorization.k8s.io'])].toSorted();
}

function apiGroup(group: string, head: Record<string, string>): Record<string, unknown> | null {
  if (!groupNames().includes(group)) return null;
  const version = { groupVersion: `${group}/v1`, version: 'v1' };
  return { ...head, name: group, versions: [version], preferredVersion: version };
}

function groupList(): Record<string, unknown> {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groupNames().map((group) => apiGroup(group, {})),
  };
}

function resourceList(groupVersion: string): Record<string, unknown> | null {
  const entries =
    groupVersion === 'authorization.k8s.io/v1'
      ? reviews()
      : resources.filter((one) => groupVersionOf(one) === groupVersion).flatMap(entriesOf);
  if (entries.length === 0) return null;
  return {
    kind: 'APIResourceList',
    ...(groupVersion !== 'v1' && { apiVersion: 'v1' }),
    groupVersion,
    resources: entries,
  };
}

function entriesOf(resource: Resource): Record<string, unknown>[] {
  const { plural, singular, namespaced, kind, shortNames } = resource;
  const own = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length > 0 && { shortNames }),
    ...(resource.isInAll && { categories: ['all'] }),
  };
  const part = (name: string, of: string, allowed: readonly string[]) => ({
    name: `${plural}/${name}`,
    singularName: '',
    namespaced,
    kind: of,
    verbs: allowed,
  });
  return [
    own,
    ...(kind === 'Pod' ? [part('attach', 'PodAttachOptions', ['create', 'get'])] : []),
    ...(resource.hasStatus ? [part('status', kind, ['get', 'patch', 'update'])] : []),
  ];
}

function reviews(): Record<string, unknown>[] {
  return ['SelfSubjectAccessReview', 'SelfSubjectRulesReview'].map((kind) => ({
    name: `${kind.toLowerCase()}s`,
    singularName: kind.toLowerCase(),
    namespaced: false,
    kind,
    verbs: ['create'],
  }));
}

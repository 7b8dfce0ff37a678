import type { RbacRule } from '@fairlead/core';
import type { KubernetesObject } from '@kubernetes/client-node';
import type { Administrator } from './administrator.js';

const name = 'fairlead-e2e';
const apiVersion = 'rbac.authorization.k8s.io/v1';

/** Gives Fairlead's account rights that a profile needs beside the shipped manifest; answers how to take them back. */
export async function grant(
  administrator: Administrator,
  rules: readonly RbacRule[],
): Promise<() => Promise<void>> {
  const byScope = Map.groupBy(rules, ({ scope }) => (scope === 'cluster' ? '' : scope.namespace));
  const objects = [...byScope].flatMap(([namespace, own]) => objectsFor(namespace, own));
  for (const object of objects) await administrator.apply(object);
  return async () => {
    for (const object of objects) await administrator.remove(object);
  };
}

function objectsFor(namespace: string, rules: readonly RbacRule[]): KubernetesObject[] {
  const prefix = namespace === '' ? 'Cluster' : '';
  const metadata = { name, ...(namespace !== '' && { namespace }) };
  const role = {
    apiVersion,
    kind: `${prefix}Role`,
    metadata,
    rules: rules.map(({ apiGroup, resources, verbs, resourceNames }) => ({
      apiGroups: [apiGroup],
      resources,
      verbs,
      ...(resourceNames !== undefined && { resourceNames }),
    })),
  };
  const binding = {
    apiVersion,
    kind: `${prefix}RoleBinding`,
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: `${prefix}Role`, name },
    subjects: [{ kind: 'ServiceAccount', name: 'fairlead', namespace: 'fairlead-system' }],
  };
  return [role, binding];
}

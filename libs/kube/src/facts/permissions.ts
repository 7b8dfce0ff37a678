import { valueAt, type ClusterFacts, type Json, type RbacRule } from '@fairlead/core';
import type { ApiClient } from '../connection/api-client.js';

export type MissingPermission = ClusterFacts['missingPermissions'][number];

/** One verb on one resource, perhaps of one name: the unit in which permissions are compared. */
export interface Permission {
  readonly namespace: string | null;
  readonly apiGroup: string;
  readonly resource: string;
  readonly verb: string;
  readonly name?: string;
  readonly reason: string;
}

/** What one rules review allows, and whether the server could tell everything. */
export interface GrantedRules {
  readonly rules: readonly Json[];
  readonly incomplete: boolean;
}

/** No RoleBinding lives in a namespace that does not exist: only cluster-wide rules show there. */
const nowhere = 'fairlead-no-such-namespace';

/**
 * Which of the needed permissions the account lacks. One SelfSubjectRulesReview per namespace tells
 * nearly all; what a review could not tell is asked one by one.
 */
export async function missingPermissions(
  api: ApiClient,
  rules: readonly RbacRule[],
  signal: AbortSignal,
): Promise<readonly MissingPermission[]> {
  const missing: MissingPermission[] = [];
  for (const [namespace, needed] of byNamespace(rules.flatMap(permissionsOf))) {
    const granted = await reviewRules(api, namespace ?? nowhere, signal);
    for (const permission of needed) {
      if (granted.rules.some((rule) => allows(rule, permission))) continue;
      if (granted.incomplete && (await reviewAccess(api, permission, signal))) continue;
      missing.push({
        permission: permissionText(permission),
        ...(namespace !== null && { namespace }),
        reason: permission.reason,
      });
    }
  }
  return missing;
}

export function permissionsOf(rule: RbacRule): readonly Permission[] {
  const namespace = rule.scope === 'cluster' ? null : rule.scope.namespace;
  const names = rule.resourceNames ?? [undefined];
  return rule.resources.flatMap((resource) =>
    rule.verbs.flatMap((verb) =>
      names.map((name) => ({
        namespace,
        apiGroup: rule.apiGroup,
        resource,
        verb,
        ...(name !== undefined && { name }),
        reason: rule.reason,
      })),
    ),
  );
}

/** Whether one rule of a review covers a permission. */
export function allows(rule: Json, permission: Permission): boolean {
  const has = (member: string, ...wanted: string[]) => {
    const list = valueAt(rule, [member]);
    return (
      Array.isArray(list) &&
      ['*', ...wanted].some((word) => (list as readonly Json[]).includes(word))
    );
  };
  const subresource = permission.resource.split('/')[1];
  const anyParent = subresource === undefined ? [] : [`*/${subresource}`];
  const names = valueAt(rule, ['resourceNames']);
  const isAnyName = !Array.isArray(names) || names.length === 0;
  return (
    has('verbs', permission.verb) &&
    has('apiGroups', permission.apiGroup) &&
    has('resources', permission.resource, ...anyParent) &&
    (isAnyName ||
      (permission.name !== undefined && (names as readonly Json[]).includes(permission.name)))
  );
}

/** `patch daemonsets.apps kube-proxy`, as kubectl auth can-i would take it. */
export function permissionText({ verb, resource, apiGroup, name }: Permission): string {
  const [kind = '', subresource] = resource.split('/');
  const full = `${kind}${apiGroup === '' ? '' : `.${apiGroup}`}${subresource === undefined ? '' : `/${subresource}`}`;
  return `${verb} ${full}${name === undefined ? '' : ` ${name}`}`;
}

function byNamespace(permissions: readonly Permission[]): Map<string | null, Permission[]> {
  const groups = new Map<string | null, Permission[]>();
  for (const permission of permissions) {
    const group = groups.get(permission.namespace) ?? [];
    group.push(permission);
    groups.set(permission.namespace, group);
  }
  return groups;
}

async function reviewRules(
  api: ApiClient,
  namespace: string,
  signal: AbortSignal,
): Promise<GrantedRules> {
  const { body } = await api.call(
    {
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectRulesReview',
        spec: { namespace },
      },
      doing: 'review our own rules',
    },
    signal,
  );
  const rules = valueAt(body, ['status', 'resourceRules']);
  return {
    rules: Array.isArray(rules) ? (rules as readonly Json[]) : [],
    incomplete: valueAt(body, ['status', 'incomplete']) === true,
  };
}

async function reviewAccess(
  api: ApiClient,
  permission: Permission,
  signal: AbortSignal,
): Promise<boolean> {
  const [resource = '', subresource] = permission.resource.split('/');
  const { body } = await api.call(
    {
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: {
          resourceAttributes: {
            verb: permission.verb,
            group: permission.apiGroup,
            resource,
            ...(subresource !== undefined && { subresource }),
            ...(permission.namespace !== null && { namespace: permission.namespace }),
            ...(permission.name !== undefined && { name: permission.name }),
          },
        },
      },
      doing: 'review our own access',
    },
    signal,
  );
  return valueAt(body, ['status', 'allowed']) === true;
}

import type { RbacRule } from '@fairlead/core';

const ownNamespace = 'fairlead-system';

/** Who needs rules: `every job`, or a tuner's name. */
export interface RuleSource {
  readonly name: string;
  readonly rules: readonly RbacRule[];
}

interface MergedRule {
  readonly apiGroup: string;
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly verbs: Set<string>;
  readonly reasons: string[];
}

/** The verbs in the order in which people read them; others, of which there should be none, come last. */
const verbOrder = [
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
];

/**
 * The manifest that lets Fairlead into a cluster: one YAML text with a namespace, two accounts, and the
 * rules of all sources. Rules about the same objects become one, with the reason of each above it.
 * The same sources give the same text, whatever their order.
 */
export function rbacManifest(sources: readonly RuleSource[]): string {
  const scopes = mergedByScope(sources.toSorted((a, b) => compare(a.name, b.name)));
  const roles = [...scopes].toSorted(([a], [b]) => compare(a, b));
  return [head, accounts, ...roles.map(([namespace, rules]) => roleText(namespace, rules))].join(
    '---\n',
  );
}

/** By namespace; the rules of the whole cluster stand under the empty name. */
function mergedByScope(sources: readonly RuleSource[]): Map<string, Map<string, MergedRule>> {
  const scopes = new Map<string, Map<string, MergedRule>>();
  for (const { name, rules } of sources) {
    for (const rule of rules.toSorted((a, b) => compare(a.reason, b.reason))) {
      const scope = rule.scope === 'cluster' ? '' : rule.scope.namespace;
      const merged = scopes.get(scope) ?? new Map<string, MergedRule>();
      scopes.set(scope, merged);
      add(merged, rule, `${oneLine(rule.reason)} (${name})`);
    }
  }
  return scopes;
}

function add(merged: Map<string, MergedRule>, rule: RbacRule, reason: string): void {
  const resources = rule.resources.toSorted(compare);
  const resourceNames = (rule.resourceNames ?? []).toSorted(compare);
  const target = JSON.stringify([rule.apiGroup, resources, resourceNames]);
  const known = merged.get(target) ?? {
    apiGroup: rule.apiGroup,
    resources,
    resourceNames,
    verbs: new Set<string>(),
    reasons: [],
  };
  merged.set(target, known);
  for (const verb of rule.verbs) known.verbs.add(verb);
  if (!known.reasons.includes(reason)) known.reasons.push(reason);
}

function roleText(namespace: string, rules: ReadonlyMap<string, MergedRule>): string {
  const prefix = namespace === '' ? 'Cluster' : '';
  const place = namespace === '' ? '' : `  namespace: ${namespace}\n`;
  const ordered = [...rules].toSorted(([a], [b]) => compare(a, b)).map(([, rule]) => rule);
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: ${prefix}Role
metadata:
  name: fairlead
${place}${labels}rules:
${ordered.map(ruleText).join('')}---
apiVersion: rbac.authorization.k8s.io/v1
kind: ${prefix}RoleBinding
metadata:
  name: fairlead
${place}${labels}roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ${prefix}Role
  name: fairlead
subjects:
  - kind: ServiceAccount
    name: fairlead
    namespace: ${ownNamespace}
`;
}

function ruleText({ apiGroup, resources, resourceNames, verbs, reasons }: MergedRule): string {
  const names = resourceNames.length === 0 ? '' : `    resourceNames: ${list(resourceNames)}\n`;
  return `${reasons.map((reason) => `  # ${reason}\n`).join('')}  - apiGroups: ${list([apiGroup])}
    resources: ${list(resources)}
${names}    verbs: ${list([...verbs].toSorted(byVerb))}
`;
}

function byVerb(a: string, b: string): number {
  const place = (verb: string) =>
    verbOrder.includes(verb) ? verbOrder.indexOf(verb) : verbOrder.length;
  return place(a) - place(b) || compare(a, b);
}

function list(words: readonly string[]): string {
  return `[${words.map((word) => `'${word}'`).join(', ')}]`;
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}

/** By code unit: a locale would order differently elsewhere. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

const labels = `  labels:
    app.kubernetes.io/managed-by: fairlead
`;

const head = `# What Fairlead may do in a cluster. Made by tools/generate-rbac.mjs from what the tuners declare: change it there.
# Above each rule stands why it is needed, and in brackets by whom.
apiVersion: v1
kind: Namespace
metadata:
  name: ${ownNamespace}
  labels:
    app.kubernetes.io/managed-by: fairlead
    # Agents on the host's network mount /proc/sys/net; no narrower level lets them.
    pod-security.kubernetes.io/enforce: privileged
    pod-security.kubernetes.io/audit: privileged
    pod-security.kubernetes.io/warn: privileged
`;

const accounts = `# Whom the worker acts as: the account of the registered kubeconfig.
apiVersion: v1
kind: ServiceAccount
metadata:
  name: fairlead
  namespace: ${ownNamespace}
${labels}automountServiceAccountToken: false
---
# What agents run as. Nothing is bound to it and its pods get no token.
apiVersion: v1
kind: ServiceAccount
metadata:
  name: fairlead-agent
  namespace: ${ownNamespace}
${labels}automountServiceAccountToken: false
`;

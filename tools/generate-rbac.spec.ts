import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { describe, expect, it } from 'vitest';
import { baseRules } from '@fairlead/kube';
import type { RbacRule } from '@fairlead/core';
import { tuners } from '@fairlead/tuners';
import { rbacManifest, type RuleSource } from './rbac-manifest.js';

const sources: RuleSource[] = [
  { name: 'every job', rules: baseRules },
  ...tuners.map(({ name, rbac }) => ({ name, rules: rbac })),
];
const shipped = readFileSync(join(import.meta.dirname, '../deploy/rbac/fairlead.yaml'), 'utf8');

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface KubeObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly automountServiceAccountToken?: boolean;
}

function objectsIn(text: string): KubeObject[] {
  return parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
}

function rulesIn(text: string): Rule[] {
  return objectsIn(text).flatMap(({ rules }) => rules ?? []);
}

function aRule(overrides: Partial<RbacRule>): RbacRule {
  return {
    scope: 'cluster',
    apiGroup: '',
    resources: ['nodes'],
    verbs: ['list'],
    reason: 'To see them.',
    ...overrides,
  };
}

describe('the shipped manifest', () => {
  it('is what the tuners declare: run `node tools/generate-rbac.mjs` after changing a rule', () => {
    expect(shipped).toBe(rbacManifest(sources));
  });

  it('allows every verb that a source asks for, where it asks for it', () => {
    const objects = objectsIn(shipped);

    const missing = sources.flatMap(({ rules }) =>
      rules.filter((asked) => {
        const namespace = asked.scope === 'cluster' ? undefined : asked.scope.namespace;
        const kind = namespace === undefined ? 'ClusterRole' : 'Role';
        const role = objects.find((o) => o.kind === kind && o.metadata.namespace === namespace);
        return !role?.rules?.some(
          (rule) =>
            rule.apiGroups.includes(asked.apiGroup) &&
            asked.resources.every((resource) => rule.resources.includes(resource)) &&
            asked.verbs.every((verb) => rule.verbs.includes(verb)) &&
            (rule.resourceNames ?? []).toString() ===
              (asked.resourceNames ?? []).toSorted().toString(),
        );
      }),
    );

    expect(missing).toEqual([]);
  });

  it('binds every role and creates no others', () => {
    const objects = objectsIn(shipped);
    const placesOf = (kind: string) =>
      objects.filter((o) => o.kind === kind).map(({ metadata }) => metadata.namespace);

    expect(placesOf('RoleBinding')).toEqual(placesOf('Role'));
    expect(placesOf('ClusterRoleBinding')).toEqual(placesOf('ClusterRole'));
  });

  it('asks for no wildcard, no secret, no program to start and no way to more rights', () => {
    const words = rulesIn(shipped).flatMap(({ apiGroups, resources, verbs }) => [
      ...apiGroups,
      ...resources,
      ...verbs,
    ]);

    const refused = ['*', 'secrets', 'pods/exec', 'pods/ephemeralcontainers', 'nodes/proxy'];
    const rights = [
      'escalate',
      'bind',
      'impersonate',
      'roles',
      'clusterroles',
      'serviceaccounts/token',
    ];
    expect(words.filter((word) => [...refused, ...rights].includes(word))).toEqual([]);
  });

  it('writes in the whole cluster to objects that belong to no namespace alone, each by its name', () => {
    const clusterRole = objectsIn(shipped).find(({ kind }) => kind === 'ClusterRole');
    const isReading = (verb: string) => verb === 'get' || verb === 'list';

    const writing = (clusterRole?.rules ?? []).filter(({ verbs }) => !verbs.every(isReading));

    expect(
      writing.map(({ resources, resourceNames, verbs }) => [
        ...resources,
        ...(resourceNames ?? ['any']),
        ...verbs.filter((verb) => !isReading(verb)),
      ]),
    ).toEqual([
      ['installations', 'default', 'patch'],
      ['ippools', 'default-ipv4-ippool', 'patch'],
    ]);
  });

  it('gives no pod a token unasked', () => {
    const accounts = objectsIn(shipped).filter(({ kind }) => kind === 'ServiceAccount');

    expect(accounts.map((a) => [a.metadata.name, a.automountServiceAccountToken])).toEqual([
      ['fairlead', false],
      ['fairlead-agent', false],
    ]);
  });
});

describe('rbacManifest', () => {
  it('is the same whatever the order of sources, rules, resources and verbs', () => {
    const turned = sources.toReversed().map(({ name, rules }) => ({
      name,
      rules: rules.toReversed().map((rule) => ({
        ...rule,
        resources: rule.resources.toReversed(),
        verbs: rule.verbs.toReversed(),
      })),
    }));

    expect(rbacManifest(turned)).toBe(rbacManifest(sources));
  });

  it('makes one rule of what two sources ask about the same objects, and keeps both reasons', () => {
    const text = rbacManifest([
      { name: 'b', rules: [aRule({ verbs: ['list'], reason: 'To count them.' })] },
      { name: 'a', rules: [aRule({ verbs: ['get'], reason: 'To read\n one.' })] },
    ]);

    expect(rulesIn(text)).toEqual([
      { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list'] },
    ]);
    expect(text).toContain('  # To read one. (a)\n  # To count them. (b)\n  - apiGroups');
  });

  it('keeps a rule about named objects apart from one about all of them', () => {
    const text = rbacManifest([
      {
        name: 'a',
        rules: [aRule({ verbs: ['create'] }), aRule({ resourceNames: ['n1'], verbs: ['delete'] })],
      },
    ]);

    expect(rulesIn(text)).toEqual([
      { apiGroups: [''], resources: ['nodes'], resourceNames: ['n1'], verbs: ['delete'] },
      { apiGroups: [''], resources: ['nodes'], verbs: ['create'] },
    ]);
  });

  it('puts rules of a namespace into a role there, bound to the account in the own namespace', () => {
    const text = rbacManifest([{ name: 'a', rules: [aRule({ scope: { namespace: 'dns' } })] }]);

    const made = objectsIn(text).filter(({ metadata }) => metadata.namespace === 'dns');

    expect(made.map(({ kind, roleRef }) => [kind, roleRef?.kind])).toEqual([
      ['Role', undefined],
      ['RoleBinding', 'Role'],
    ]);
  });
});

import { canonicalJson, type Json, type JsonObject } from '@fairlead/core';
import { byText } from '../../by-text.js';
import { fnv1a } from '../../fnv1a.js';
import { ownLabel } from '../../key-writers.js';
import type { PodSelection } from './observation.js';
import type { NewPodsNdots } from './settings.js';

export const hashAnnotation = 'fairlead.dev/content-hash';
export const policyKinds = ['MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding'] as const;

/** Namespaces whose pods the cluster itself stands on. */
const untouched = ['kube-node-lease', 'kube-public', 'kube-system'];

export function selectionOf(asked: NewPodsNdots): PodSelection {
  return {
    namespaces: asked.namespaces?.toSorted(byText) ?? null,
    namespaceLabels: asked.namespaceLabels ?? null,
    podLabels: asked.podLabels ?? null,
  };
}

/** One policy for each selection, whatever value it gives. */
export function policyName(selection: PodSelection): string {
  return `fairlead-ndots-${fnv1a(canonicalJson(selection)).slice(0, 8)}`;
}

export interface PolicyRequest {
  readonly api: 'v1' | 'v1beta1';
  readonly selection: PodSelection;
  readonly ndots: number;
  readonly ownNamespace: string;
}

export function policyHash(request: PolicyRequest): string {
  return fnv1a(canonicalJson(policySpec(request)));
}

/**
 * The policy, and the binding that puts it into effect. A pod that says ndots itself keeps its own; one whose
 * resolv.conf is not the cluster's, and a Windows pod, are left alone. When the policy cannot be evaluated the
 * pod is made without it. Source: domain.md 4.2.
 */
export function policyManifests(request: PolicyRequest): readonly [JsonObject, JsonObject] {
  const apiVersion = `admissionregistration.k8s.io/${request.api}`;
  const name = policyName(request.selection);
  const metadata = {
    name,
    labels: { ...ownLabel },
    annotations: { [hashAnnotation]: policyHash(request) },
  };
  const [policy, binding] = policyKinds;
  return [
    { apiVersion, kind: policy, metadata, spec: policySpec(request) },
    { apiVersion, kind: binding, metadata, spec: { policyName: name } },
  ];
}

function policySpec({ selection, ndots, ownNamespace }: PolicyRequest): JsonObject {
  const { namespaces, namespaceLabels, podLabels } = selection;
  const nameLabel = 'kubernetes.io/metadata.name';
  const excluded = [...untouched, ownNamespace].toSorted(byText);
  return {
    matchConstraints: {
      matchPolicy: 'Equivalent',
      namespaceSelector: {
        ...(namespaceLabels !== null && { matchLabels: namespaceLabels }),
        matchExpressions: [
          { key: nameLabel, operator: 'NotIn', values: excluded },
          ...(namespaces === null
            ? []
            : [{ key: nameLabel, operator: 'In', values: namespaces as Json }]),
        ],
      },
      objectSelector: podLabels === null ? {} : { matchLabels: podLabels },
      resourceRules: [
        { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
      ],
    },
    matchConditions: [
      {
        name: 'resolver-of-the-cluster',
        expression:
          "(has(object.spec.dnsPolicy) ? object.spec.dnsPolicy : 'ClusterFirst') == 'ClusterFirstWithHostNet' || " +
          "((has(object.spec.dnsPolicy) ? object.spec.dnsPolicy : 'ClusterFirst') == 'ClusterFirst' && " +
          '!(has(object.spec.hostNetwork) && object.spec.hostNetwork))',
      },
      {
        name: 'says-no-ndots',
        expression:
          '!has(object.spec.dnsConfig) || !has(object.spec.dnsConfig.options) || ' +
          "!object.spec.dnsConfig.options.exists(option, option.name == 'ndots')",
      },
      {
        name: 'not-windows',
        expression: "!has(object.spec.os) || object.spec.os.name != 'windows'",
      },
    ],
    mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: patchExpression(ndots) } }],
    failurePolicy: 'Ignore',
    reinvocationPolicy: 'Never',
  };
}

/** The list of options is atomic, which an apply configuration may not touch: a JSON patch adds to it. */
function patchExpression(ndots: number): string {
  const option = `Object.spec.dnsConfig.options{name: "ndots", value: "${ndots}"}`;
  const patch = (path: string, value: string) =>
    `[JSONPatch{op: "add", path: "${path}", value: ${value}}]`;
  return (
    `!has(object.spec.dnsConfig) ? ${patch('/spec/dnsConfig', `Object.spec.dnsConfig{options: [${option}]}`)} : ` +
    `!has(object.spec.dnsConfig.options) ? ${patch('/spec/dnsConfig/options', `[${option}]`)} : ` +
    patch('/spec/dnsConfig/options/-', option)
  );
}

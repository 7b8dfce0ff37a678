import { refOf, type PlanDraft, type SeenObject } from '@fairlead/core';
import { byText, listed } from '../../by-text.js';
import { isAtLeast } from '../../version.js';
import type { NdotsObservation, PodSelection } from './observation.js';
import {
  policyHash,
  policyManifests,
  policyName,
  selectionOf,
  type PolicyRequest,
} from './policy.js';
import type { NewPodsNdots } from './settings.js';

/** A policy of ours for each selection of pods, and the binding that puts it into effect. */
export function planPolicies(
  plan: PlanDraft,
  asked: readonly NewPodsNdots[],
  observed: NdotsObservation,
): void {
  if (asked.length === 0) return;
  const { policies, ownNamespace, version } = observed;
  if (policies === null) {
    plan.refuse(
      'policies-not-observed',
      'Nobody has looked at the cluster’s admission policies yet. Create a job: it looks for what it asks for.',
    );
    return;
  }
  if (policies.api === null) {
    plan.refuse('no-admission-policies', whyNoPolicies(version), {
      patch: patchOf(asked, ownNamespace),
    });
    return;
  }
  for (const one of asked.toSorted((a, b) => byText(nameOf(a), nameOf(b)))) {
    const request = {
      api: policies.api,
      selection: selectionOf(one),
      ndots: one.ndots,
      ownNamespace,
    };
    planPolicy(plan, request, policies);
  }
}

function nameOf(asked: NewPodsNdots): string {
  return policyName(selectionOf(asked));
}

/** Alpha in 1.32, beta in 1.34 and 1.35 behind a gate and runtime-config, on since 1.36. Source: domain.md 4.2. */
function whyNoPolicies(version: string): string {
  const remedy = 'Take ndots for named workloads instead, or use a webhook or Kyverno';
  if (isAtLeast(version, '1.36')) {
    return `The API server ${version} has admissionregistration.k8s.io/v1 turned off. ${remedy}.`;
  }
  if (isAtLeast(version, '1.34')) {
    return `In Kubernetes ${version} mutating admission policies are a beta that is off. ${remedy}; or set --feature-gates=MutatingAdmissionPolicy=true and --runtime-config=admissionregistration.k8s.io/v1beta1=true on the API server.`;
  }
  return `Kubernetes ${version} has no mutating admission policies that can be relied on: they are on since 1.36. ${remedy} with the same patch.`;
}

function planPolicy(
  plan: PlanDraft,
  request: PolicyRequest,
  { standing, running }: NonNullable<NdotsObservation['policies']>,
): void {
  const { selection, ndots, ownNamespace } = request;
  const name = policyName(selection);
  const whom = selectionText(selection);
  const kept = (selection.namespaces ?? []).filter(
    (one) => one === 'kube-system' || one === ownNamespace,
  );
  if (kept.length > 0) {
    plan.refuse(
      'namespace-excluded',
      `Pods of ${listed(kept)} are never changed by a policy of ours: the cluster and Fairlead stand on them. Leave that namespace out.`,
    );
    return;
  }
  const there = standing.find((one) => one.name === name);
  if (there !== undefined && there.contentHash === null) {
    plan.refuse(
      'name-taken',
      `MutatingAdmissionPolicy ${name} exists and was not made by Fairlead. Rename or remove it, and take another name for it.`,
    );
    return;
  }
  if (there?.contentHash === policyHash(request)) return;

  const [policy, binding] = policyManifests(request);
  const verb = there === undefined ? 'Create' : 'Replace';
  for (const [part, manifest] of [
    ['policy', policy],
    ['binding', binding],
  ] as const) {
    plan.add({
      kind: 'create',
      id: `dns/ndots/${part}/${name}`,
      summary: `${verb} the admission ${part} ${name}: new pods of ${whom} get ndots ${ndots}.`,
      object: refOf(manifest as SeenObject),
      manifest,
    });
  }
  tellRunning(plan, name, whom, ndots, running);
  plan.note(
    `Admission policy ${name} stays and is asked whenever a pod of ${whom} is made; an undo removes it, and pods keep what they were made with.`,
  );
}

function tellRunning(
  plan: PlanDraft,
  name: string,
  whom: string,
  ndots: number,
  running: NonNullable<NdotsObservation['policies']>['running'],
): void {
  const { pods, examples } = running.find(({ policy }) => policy === name) ?? {
    pods: 0,
    examples: [],
  };
  if (pods === 0) return;
  const more = pods > examples.length ? ` and ${pods - examples.length} more` : '';
  plan.warn(
    'new-pods-only',
    `An admission policy reaches only pods that are made from now on: ${pods} of ${whom} run without ndots ${ndots} until somebody replaces them (${examples.toSorted(byText).join(', ')}${more}).`,
  );
}

function selectionText({ namespaces, namespaceLabels, podLabels }: PodSelection): string {
  const places = [
    ...(namespaces === null ? [] : [listed(namespaces)]),
    ...(namespaceLabels === null ? [] : [`namespaces with ${labelText(namespaceLabels)}`]),
  ].join(', of ');
  return podLabels === null ? places : `${places} with ${labelText(podLabels)}`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return listed(Object.entries(labels).map(([key, value]) => `${key}=${value}`));
}

/** What the policy would do, for a webhook or an engine that the cluster has. */
function patchOf(asked: readonly NewPodsNdots[], ownNamespace: string): string {
  return asked
    .toSorted((a, b) => byText(nameOf(a), nameOf(b)))
    .map((one) => {
      const whom = selectionText(selectionOf(one));
      return [
        `# new pods of ${whom}, without ndots of their own; never kube-system or ${ownNamespace}`,
        'spec:',
        '  dnsConfig:',
        '    options:',
        '      - name: ndots',
        `        value: "${one.ndots}"`,
      ].join('\n');
    })
    .join('\n---\n');
}

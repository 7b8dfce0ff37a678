import { isFields } from '../api/kube-object.js';

/** The token of a simulated cluster may do everything: permissions are not modelled, and this says so. */
export function review(plural: string, body: unknown): Record<string, unknown> | null {
  const spec = isFields(body) ? body['spec'] : undefined;
  const apiVersion = 'authorization.k8s.io/v1';
  const head = {
    apiVersion,
    metadata: { creationTimestamp: null },
    spec: isFields(spec) ? spec : {},
  };
  switch (plural) {
    case 'selfsubjectaccessreviews':
      return {
        kind: 'SelfSubjectAccessReview',
        ...head,
        status: { allowed: true, reason: 'simulated: RBAC is not modelled' },
      };
    case 'selfsubjectrulesreviews':
      return {
        kind: 'SelfSubjectRulesReview',
        ...head,
        status: {
          resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
          nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
          incomplete: false,
        },
      };
    default:
      return null;
  }
}

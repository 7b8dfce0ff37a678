import type { ErrorKind } from '@fairlead/core';
import { kubeconfigProblems } from './kubeconfig-problems.js';

export interface CatalogueEntry {
  readonly kind: ErrorKind;
  readonly title: string;
  /** A sentence as a caller may read it in `detail`. */
  readonly example: string;
  readonly remedy: string;
}

const requests = {
  'invalid-request': {
    kind: 'invalid',
    title: 'A member of the request is wrong',
    example: 'The request has 1 problem: /name is too long.',
    remedy: 'Correct the members named in `violations`.',
  },
  'malformed-json': {
    kind: 'invalid',
    title: 'The body is not JSON',
    example: 'The body is not JSON.',
    remedy: 'Send one JSON document as UTF-8.',
  },
  'malformed-request': {
    kind: 'invalid',
    title: 'The request cannot be read',
    example: 'The path is not valid.',
    remedy: 'Check the URL and the headers.',
  },
  'payload-too-large': {
    kind: 'invalid',
    title: 'The body is too large',
    example: 'The body has more than 262144 bytes.',
    remedy: 'Send less.',
  },
  'headers-too-large': {
    kind: 'invalid',
    title: 'URL and headers are too large',
    example: 'URL and headers together have more than 65536 bytes.',
    remedy: 'Send less; members of the query are short.',
  },
  'unsupported-media-type': {
    kind: 'invalid',
    title: 'The body is of a type that is not understood',
    example: 'The body must be application/json.',
    remedy: 'Send JSON with Content-Type: application/json.',
  },
  'method-not-allowed': {
    kind: 'invalid',
    title: 'The path does not know this method',
    example: 'There is no PUT for /v1/jobs.',
    remedy: 'Use one of the methods in the header Allow.',
  },
  'path-not-found': {
    kind: 'not-found',
    title: 'There is no such path',
    example: 'There is no path /v2.',
    remedy: 'See /openapi.json for all that there is.',
  },
  'text-not-storable': {
    kind: 'invalid',
    title: 'A text cannot be stored',
    example: 'A text of the request holds the character NUL.',
    remedy: 'Send texts without U+0000.',
  },
  'page-token-invalid': {
    kind: 'invalid',
    title: 'The page token does not fit the request',
    example: 'The page token belongs to another list, filter or caller.',
    remedy: 'Start again without a page token.',
  },
  'audit-seq-unknown': {
    kind: 'invalid',
    title: 'There is no such place in the audit chain',
    example: 'There is no audit event 99 to go on from.',
    remedy: 'Give a seq that exists, or none.',
  },
  'cursor-unusable': {
    kind: 'gone',
    title: 'The stream cannot go on from this cursor',
    example: 'The cursor 99 lies beyond the newest event 12.',
    remedy: 'Read the resource anew, then watch without a cursor.',
  },
  'too-many-streams': {
    kind: 'exhausted',
    title: 'Too many streams are open',
    example: 'This caller has 32 streams open.',
    remedy: 'Close one first.',
  },
  'idempotency-key-invalid': {
    kind: 'invalid',
    title: 'The idempotency key is not usable',
    example: 'An idempotency key has 1 to 255 visible ASCII characters.',
    remedy: 'Use a new UUID for each thing that you want done once.',
  },
  'idempotency-key-reused': {
    kind: 'conflict',
    title: 'The idempotency key stands for another request',
    example: 'This key was used for another request in the last 24 hours.',
    remedy: 'Use a new key for a new request.',
  },
  'if-match-required': {
    kind: 'precondition',
    title: 'The edit does not say what it edits',
    example: 'This edit needs the version that it starts from.',
    remedy: 'Read the resource and send its etag as If-Match.',
  },
  'etag-mismatch': {
    kind: 'precondition',
    title: 'Somebody else edited it meanwhile',
    example: 'The resource is at v3, not at v2.',
    remedy: 'Read it again, look at the change, and repeat the edit.',
  },
} satisfies Record<string, CatalogueEntry>;

const callers = {
  unauthenticated: {
    kind: 'unauthenticated',
    title: 'A valid API key is needed',
    example: 'This call needs a valid API key.',
    remedy: 'Send it as "Authorization: Bearer <key>".',
  },
  forbidden: {
    kind: 'forbidden',
    title: "The caller's role does not allow this",
    example: 'createJob needs the role operator; yours is viewer.',
    remedy: 'Ask an admin for a key with the role.',
  },
  'api-key-exists': {
    kind: 'conflict',
    title: 'The key exists already',
    example: 'This key exists already.',
    remedy: 'Create another.',
  },
  'api-key-not-found': {
    kind: 'not-found',
    title: 'No such API key',
    example: 'There is no api-key 01938f3a-7c1e-7d2a-9b53-0a6f4e0c1d22.',
    remedy: 'List the keys to see which exist.',
  },
} satisfies Record<string, CatalogueEntry>;

const clusters = {
  'cluster-not-found': {
    kind: 'not-found',
    title: 'No such cluster',
    example: 'There is no cluster 01938f3a-7c1e-7d2a-9b53-0a6f4e0c1d22.',
    remedy: 'List the clusters to see which exist.',
  },
  'cluster-name-taken': {
    kind: 'conflict',
    title: 'Another cluster has the name',
    example: 'There is a cluster shop-eu-1 already.',
    remedy: 'Choose another name.',
  },
  'cluster-has-running-jobs': {
    kind: 'conflict',
    title: 'A job runs on the cluster',
    example: 'A job runs on the cluster.',
    remedy: 'Wait for it or cancel it first.',
  },
  'cluster-not-observed': {
    kind: 'precondition',
    title: 'Nothing is known of the cluster yet',
    example: 'No tuner has observed shop-eu-1 for these settings.',
    remedy: 'Call observeCluster, wait for it, and ask again.',
  },
  'cluster-unreachable': {
    kind: 'unavailable',
    title: 'The cluster does not answer',
    example: 'The API server of shop-eu-1 does not answer.',
    remedy: 'Check the network between Fairlead and the cluster.',
  },
  'cluster-forbidden': {
    kind: 'precondition',
    title: 'The cluster refuses our account',
    example: 'shop-eu-1 does not let Fairlead read nodes.',
    remedy: 'Apply deploy/rbac/fairlead.yaml to the cluster and register a token of its account.',
  },
  'address-refused': {
    kind: 'precondition',
    title: 'The address is not allowed',
    example: '127.0.0.1 is a loopback address.',
    remedy: 'Ask whoever runs Fairlead to allow the address range.',
  },
  'wrong-cluster': {
    kind: 'precondition',
    title: 'This is not the cluster that was registered',
    example: 'The UID of kube-system differs from the one that was pinned.',
    remedy: 'Remove the cluster and register it anew if it was rebuilt on purpose.',
  },
  'object-changed': {
    kind: 'conflict',
    title: 'Somebody else wrote the object',
    example: 'ConfigMap kube-system/kube-proxy was written since it was read.',
    remedy: 'Try again.',
  },
  'lease-lost': {
    kind: 'conflict',
    title: 'Another worker holds the cluster',
    example: 'Another worker holds the cluster.',
    remedy: 'Nothing: the other worker goes on with the job.',
  },
  'agent-lost': {
    kind: 'unavailable',
    title: 'An agent ended early',
    example: 'The agent on shop-n1 did not answer in time.',
    remedy: 'Check the node and the pods in fairlead-system.',
  },
} satisfies Record<string, CatalogueEntry>;

const work = {
  'profile-not-found': {
    kind: 'not-found',
    title: 'No such profile',
    example: 'There is no profile 01938f3a-7c1e-7d2a-9b53-0a6f4e0c1d22.',
    remedy: 'List the profiles to see which exist.',
  },
  'profile-revision-not-found': {
    kind: 'not-found',
    title: 'The profile has no such revision',
    example: 'There is no profile-revision 01938f3a-7c1e-7d2a-9b53-0a6f4e0c1d22@9.',
    remedy: 'Read the profile to see its newest revision.',
  },
  'profile-name-taken': {
    kind: 'conflict',
    title: 'Another profile has the name',
    example: 'There is a profile busy-web already.',
    remedy: 'Choose another name, or revise that profile.',
  },
  'profile-or-settings': {
    kind: 'unacceptable',
    title: 'Either a profile or settings are needed',
    example: 'A preview needs exactly one of profileId and settings.',
    remedy: 'Send one of them.',
  },
  'settings-invalid': {
    kind: 'unacceptable',
    title: 'A tuner does not accept the settings',
    example: 'The settings have 1 problem: /settings/sysctl/keys is required.',
    remedy: 'Correct the members named in `violations`; listTuners gives the JSON Schema.',
  },
  'unknown-tuner': {
    kind: 'unacceptable',
    title: 'There is no such tuner',
    example: 'There is no tuner foo. Known: conntrack, sysctl.',
    remedy: 'Use one of the tuners that listTuners names.',
  },
  'job-not-found': {
    kind: 'not-found',
    title: 'No such job',
    example: 'There is no job 01938f3a-7c1e-7d2a-9b53-0a6f4e0c1d22.',
    remedy: 'List the jobs to see which exist.',
  },
  'job-not-awaiting-approval': {
    kind: 'precondition',
    title: 'The job waits for no approval',
    example: 'The job is in the state applying.',
    remedy: 'Read the job to see its state.',
  },
  'plan-changed': {
    kind: 'precondition',
    title: 'The plan is not the one that was approved',
    example: 'The plan of the job has another hash.',
    remedy: 'Read the job, look at the plan, and approve its hash.',
  },
  'job-has-ended': {
    kind: 'precondition',
    title: 'The job has ended',
    example: 'The job ended as succeeded.',
    remedy: 'Undo it to put back what it changed.',
  },
  'job-not-undoable': {
    kind: 'precondition',
    title: 'There is nothing to undo',
    example: 'A job in the state refused has nothing to undo.',
    remedy: 'Only jobs that succeeded, or whose revert failed, can be undone.',
  },
} satisfies Record<string, CatalogueEntry>;

/** What may stop a job; a job's `problem` carries them. */
const jobs = {
  'plan-stale': {
    kind: 'conflict',
    title: 'The cluster is no longer as the plan saw it',
    example: 'node shop-n1 holds 512 for net.core.somaxconn, where the plan saw 4096.',
    remedy: 'Create a new job: it plans from what is there now.',
  },
  'changed-meanwhile': {
    kind: 'conflict',
    title: 'Somebody else wrote what the job writes',
    example: 'node shop-n1 holds neither the original nor what the job wrote.',
    remedy: 'Find out who else writes this before trying again.',
  },
  'deadline-passed': {
    kind: 'precondition',
    title: 'Something did not come true in its time',
    example: 'DaemonSet kube-system/kube-proxy was not rolled out within 300 seconds.',
    remedy: 'Look at the pods and nodes that it names.',
  },
  'undo-failed': {
    kind: 'precondition',
    title: 'What was undone is not back',
    example: 'node shop-n1 still holds 8192 for net.core.somaxconn.',
    remedy: 'Compare the journal of the job with the cluster and put the rest back by hand.',
  },
} satisfies Record<string, CatalogueEntry>;

const ours = {
  internal: {
    kind: 'internal',
    title: 'Something went wrong on our side',
    example: 'Something went wrong on our side.',
    remedy: 'Try again; if it stays, give the `instance` to whoever runs Fairlead.',
  },
  'database-unavailable': {
    kind: 'unavailable',
    title: 'The database does not answer',
    example: 'The database does not answer.',
    remedy: 'Try again in a few seconds.',
  },
} satisfies Record<string, CatalogueEntry>;

/** Every code that a caller may meet. A code is part of the API and never reworded. */
export const problemCatalogue: Readonly<Record<string, CatalogueEntry>> = {
  ...requests,
  ...callers,
  ...clusters,
  ...kubeconfigProblems,
  ...work,
  ...jobs,
  ...ours,
};

import type { CatalogueEntry } from './catalogue.js';

const asData = 'Embed it as data: kubectl config view --raw --flatten --minify.';
const useToken = 'Use a token of the service account in deploy/rbac/fairlead.yaml instead.';

/** `[title, example, remedy]` of each way in which a kubeconfig is refused. */
const refusals = {
  'too-large': [
    'The kubeconfig is too large',
    'The kubeconfig has more than 65536 bytes.',
    'Reduce it to one context: kubectl config view --raw --flatten --minify.',
  ],
  'not-yaml': [
    'The kubeconfig is not YAML',
    'The kubeconfig is not YAML: line 3 is not closed.',
    'Send the text of a kubeconfig as it is.',
  ],
  'too-deep': [
    'The kubeconfig is nested too deeply',
    'The kubeconfig is nested too deeply.',
    'Send the text of a kubeconfig as it is.',
  ],
  'several-documents': [
    'The kubeconfig has several documents',
    'The text has 2 documents.',
    'Send exactly one.',
  ],
  aliases: [
    'The kubeconfig uses anchors or aliases',
    'Line 4 has an anchor.',
    'Write every value out.',
  ],
  'merge-keys': [
    'The kubeconfig uses merge keys',
    'Line 4 has a merge key.',
    'Write every value out.',
  ],
  tags: ['The kubeconfig uses tags', 'Line 2 has the tag !!binary.', 'Write plain values.'],
  'duplicate-keys': [
    'A key stands twice in the kubeconfig',
    'Line 7 repeats a key.',
    'Keep one of them.',
  ],
  'duplicate-names': [
    'A name stands twice in the kubeconfig',
    'Two users are called admin.',
    'Keep one of them.',
  ],
  'unknown-kind': [
    'This is not a kubeconfig',
    'The document is not of apiVersion v1 and kind Config.',
    'Send a kubeconfig.',
  ],
  'bad-structure': [
    'The kubeconfig has an unexpected structure',
    'clusters must be a list.',
    'Write it as kubectl does.',
  ],
  'unknown-field': [
    'The kubeconfig has a member that we do not know',
    'The user has a member foo.',
    'Remove it, since its meaning cannot be honoured.',
  ],
  'several-contexts-without-choice': [
    'The kubeconfig has several contexts',
    'There are 3 contexts: a, b, c.',
    'Name one in `context`; the current one is no choice.',
  ],
  'no-such-context': [
    'The context does not exist',
    'There is no context b.',
    'Name one that the kubeconfig has.',
  ],
  'no-such-cluster': [
    'The context names a cluster that does not exist',
    'There is no cluster b.',
    'Add the cluster to the kubeconfig.',
  ],
  'no-such-user': [
    'The context names a user that does not exist',
    'There is no user b.',
    'Add the user to the kubeconfig.',
  ],
  'no-server': [
    'The cluster has no server',
    'The cluster has no server.',
    'Add its https address.',
  ],
  'bad-url': [
    'The server is no usable URL',
    'The server has a query.',
    'Write https://host:port, perhaps with a path.',
  ],
  'plain-http': ['The server is not behind TLS', 'The server is http.', 'Use the https address.'],
  'userinfo-in-url': [
    'The server holds a user name',
    'The server holds a user name or password.',
    'Remove it and give a token or certificate.',
  ],
  'proxy-url': [
    'The kubeconfig asks for a proxy',
    'The cluster has a proxy-url.',
    'Remove it; whoever runs Fairlead decides on proxies.',
  ],
  'insecure-tls': [
    'The kubeconfig switches TLS verification off',
    'insecure-skip-tls-verify is true.',
    'Remove it and give the CA.',
  ],
  'bad-server-name': [
    'tls-server-name is no host name',
    'tls-server-name is no host name.',
    'Write a DNS name.',
  ],
  'no-ca': ['The cluster has no CA', 'The cluster has no certificate-authority-data.', asData],
  'file-reference': [
    'The kubeconfig refers to a file',
    'certificate-authority refers to a file.',
    asData,
  ],
  'exec-plugin': ['The kubeconfig wants to run a program', 'The user has exec.', useToken],
  'auth-provider': [
    'The kubeconfig wants an auth provider',
    'The user has auth-provider.',
    useToken,
  ],
  impersonation: [
    'The kubeconfig impersonates somebody',
    'The user has as-groups.',
    'Remove it and give the credentials of the account itself.',
  ],
  'basic-auth': ['The kubeconfig has a password', 'The user has username and password.', useToken],
  'no-credentials': [
    'The user has no credentials',
    'The user has neither token nor client certificate.',
    useToken,
  ],
  'two-credentials': [
    'The user has two credentials',
    'The user has a token and a client certificate.',
    'Keep one of them.',
  ],
  'incomplete-credentials': [
    'Half of the client certificate is missing',
    'The user has client-certificate-data without client-key-data.',
    'Give both.',
  ],
  'bad-base64': ['A member is not base64', 'certificate-authority-data is not base64.', asData],
  'bad-pem': [
    'A member is not the PEM that it should be',
    'certificate-authority-data holds no certificate.',
    asData,
  ],
  'bad-token': [
    'The token has characters that no token has',
    'The token holds a space.',
    'Copy the token again, without line breaks.',
  ],
} as const;

export type KubeconfigRefusalCode = keyof typeof refusals;

export const kubeconfigProblems: Readonly<Record<string, CatalogueEntry>> = Object.fromEntries(
  Object.entries(refusals).map(([code, [title, example, remedy]]) => [
    `kubeconfig-${code}`,
    { kind: 'unacceptable', title, example, remedy },
  ]),
);

export const kubeconfigProblemCodes: readonly string[] = Object.keys(kubeconfigProblems);

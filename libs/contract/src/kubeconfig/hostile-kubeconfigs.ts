/** Texts for the specs: one kubeconfig that is let in, and many that must not be. */
const der = btoa(String.fromCharCode(0x30, 0x03, 0x02, 0x01, 0x07));

export function pem(label: string, body = der): string {
  return `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
}
export const caData = btoa(pem('CERTIFICATE'));
export const certData = caData;
export const keyData = btoa(pem('PRIVATE KEY'));

type Members = Record<string, unknown>;

export interface Parts {
  readonly root?: Members;
  readonly cluster?: Members;
  readonly user?: Members;
  readonly context?: Members;
}

/** A kubeconfig as JSON; undefined removes a member. */
export function kubeconfig({
  root = {},
  cluster = {},
  user = {},
  context = {},
}: Parts = {}): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'c',
        cluster: {
          server: 'https://10.0.0.10:6443',
          'certificate-authority-data': caData,
          ...cluster,
        },
      },
    ],
    users: [{ name: 'u', user: { token: 'secret-token', ...user } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', ...context } }],
    'current-context': 'x',
    ...root,
  });
}

const noToken = { token: undefined };
const certificate = { 'client-certificate-data': certData, 'client-key-data': keyData };
const twoContexts = [
  { name: 'x', context: { cluster: 'c', user: 'u' } },
  { name: 'y', context: { cluster: 'c', user: 'u' } },
];
const yaml = (body: string) => `apiVersion: v1\nkind: Config\n${body}`;
const laughs = `a: &a [x,x,x,x,x,x,x,x,x]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: [*c,*c,*c,*c,*c,*c,*c,*c,*c]
`;

/** `[what it tries, text, code without the prefix, context that is asked for]` */
export const hostileKubeconfigs: readonly (readonly [string, string, string, string?])[] = [
  ['too many bytes', kubeconfig({ root: { preferences: { x: 'a'.repeat(70_000) } } }), 'too-large'],
  ['too many bytes, few characters', `# ${'é'.repeat(40_000)}\n${kubeconfig()}`, 'too-large'],
  ['nothing', '', 'not-yaml'],
  ['only a comment', '# nothing\n', 'not-yaml'],
  ['text', 'hello', 'bad-structure'],
  ['a list', '[]', 'bad-structure'],
  ['broken JSON', '{"apiVersion": "v1"', 'not-yaml'],
  ['broken YAML', 'a: [1\nb: }', 'not-yaml'],
  ['a tab as indent', 'a:\n\t- b', 'not-yaml'],
  ['a flood of brackets', '['.repeat(30_000), 'too-deep'],
  ['a flood of braces', '{"a":'.repeat(5_000), 'too-deep'],
  ['a flood of dashes', `${'- '.repeat(20_000)}x`, 'too-deep'],
  [
    'endless indent',
    Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    'too-deep',
  ],
  ['two documents', `${kubeconfig()}\n---\n${kubeconfig()}`, 'several-documents'],
  ['an empty second document', `${kubeconfig()}\n---\n`, 'several-documents'],
  ['an anchor', yaml('clusters: &a []\n'), 'aliases'],
  ['an alias bomb', laughs, 'aliases'],
  ['an alias of a secret', yaml('users: &u []\nclusters: *u\n'), 'aliases'],
  ['an alias without an anchor', yaml('users: *nobody\n'), 'aliases'],
  ['a merge key', yaml('<<: {clusters: []}\n'), 'merge-keys'],
  [
    'a merge key far inside',
    yaml('clusters:\n- name: c\n  cluster:\n    <<: {server: "http://x"}\n'),
    'merge-keys',
  ],
  ['a binary tag', yaml('clusters: !!binary aGk=\n'), 'tags'],
  ['a language tag', yaml('clusters: !!js/function "x"\n'), 'tags'],
  ['a local tag', yaml('clusters: !include /etc/passwd\n'), 'tags'],
  ['a harmless tag', yaml('clusters: !!seq []\n'), 'tags'],
  ['a repeated key', yaml('users: []\nusers: []\n'), 'duplicate-keys'],
  [
    'a repeated key in JSON',
    '{"apiVersion":"v1","kind":"Config","kind":"Config"}',
    'duplicate-keys',
  ],
  [
    'a repeated server',
    yaml('clusters:\n- name: c\n  cluster: {server: "https://a", server: "http://b"}\n'),
    'duplicate-keys',
  ],
  [
    'two users of one name',
    kubeconfig({
      root: {
        users: [
          { name: 'u', user: { token: 'a' } },
          { name: 'u', user: { token: 'b' } },
        ],
      },
    }),
    'duplicate-names',
  ],
  [
    'two clusters of one name',
    kubeconfig({
      root: {
        clusters: [
          { name: 'c', cluster: {} },
          { name: 'c', cluster: {} },
        ],
      },
    }),
    'duplicate-names',
  ],
  ['another kind', kubeconfig({ root: { kind: 'Secret' } }), 'unknown-kind'],
  ['another version', kubeconfig({ root: { apiVersion: 'v2' } }), 'unknown-kind'],
  ['no kind', kubeconfig({ root: { kind: undefined } }), 'unknown-kind'],
  ['clusters as a map', kubeconfig({ root: { clusters: { c: {} } } }), 'bad-structure'],
  [
    'a cluster as text',
    kubeconfig({ root: { clusters: [{ name: 'c', cluster: 'https://x' }] } }),
    'bad-structure',
  ],
  [
    'a user without a name',
    kubeconfig({ root: { users: [{ user: { token: 'x' } }] } }),
    'bad-structure',
  ],
  ['a token as a number', kubeconfig({ user: { token: 12_345 } }), 'bad-structure'],
  [
    'an unknown member at the root',
    kubeconfig({ root: { include: '/etc/passwd' } }),
    'unknown-field',
  ],
  [
    'an unknown member of the cluster',
    kubeconfig({ cluster: { 'dial-command': 'nc' } }),
    'unknown-field',
  ],
  [
    'an unknown member of the user',
    kubeconfig({ user: { 'token-command': 'id' } }),
    'unknown-field',
  ],
  ['an unknown member of the context', kubeconfig({ context: { exec: 'id' } }), 'unknown-field'],
  [
    'an unknown member of an entry',
    kubeconfig({ root: { users: [{ name: 'u', user: { token: 'a' }, exec: {} }] } }),
    'unknown-field',
  ],
  [
    'a prototype member',
    `{"__proto__": {"kind": "Config"}, "apiVersion": "v1", "kind": "Config"}`,
    'unknown-field',
  ],
  [
    'several contexts',
    kubeconfig({ root: { contexts: twoContexts } }),
    'several-contexts-without-choice',
  ],
  ['no context at all', kubeconfig({ root: { contexts: [] } }), 'no-such-context'],
  [
    'a current context that is not there',
    kubeconfig({ root: { 'current-context': 'z' } }),
    'no-such-context',
  ],
  ['a choice that is not there', kubeconfig(), 'no-such-context', 'z'],
  ['a choice called like a member of every object', kubeconfig(), 'no-such-context', 'constructor'],
  ['a cluster that is not there', kubeconfig({ context: { cluster: 'z' } }), 'no-such-cluster'],
  ['a user that is not there', kubeconfig({ context: { user: 'z' } }), 'no-such-user'],
  ['no server', kubeconfig({ cluster: { server: undefined } }), 'no-server'],
  ['an empty server', kubeconfig({ cluster: { server: '' } }), 'no-server'],
  ['plain http', kubeconfig({ cluster: { server: 'http://10.0.0.10' } }), 'plain-http'],
  ['plain http in capitals', kubeconfig({ cluster: { server: 'HTTP://10.0.0.10' } }), 'plain-http'],
  ['a file as server', kubeconfig({ cluster: { server: 'file:///etc/passwd' } }), 'bad-url'],
  [
    'a socket as server',
    kubeconfig({ cluster: { server: 'unix:///var/run/docker.sock' } }),
    'bad-url',
  ],
  ['no scheme', kubeconfig({ cluster: { server: '10.0.0.10:6443' } }), 'bad-url'],
  ['a query', kubeconfig({ cluster: { server: 'https://10.0.0.10?a=b' } }), 'bad-url'],
  ['an empty query', kubeconfig({ cluster: { server: 'https://10.0.0.10/?' } }), 'bad-url'],
  ['a fragment', kubeconfig({ cluster: { server: 'https://10.0.0.10/#x' } }), 'bad-url'],
  [
    'a line break in the server',
    kubeconfig({ cluster: { server: 'https://10.0.0.10\r\nHost: x' } }),
    'bad-url',
  ],
  [
    'a tab that URL parsers drop',
    kubeconfig({ cluster: { server: 'htt\tps://10.0.0.10' } }),
    'bad-url',
  ],
  ['a backslash', kubeconfig({ cluster: { server: 'https:\\\\10.0.0.10' } }), 'bad-url'],
  [
    'a host that looks like another',
    kubeconfig({ cluster: { server: 'https://ex\u0430mple.com' } }),
    'bad-url',
  ],
  ['no host', kubeconfig({ cluster: { server: 'https:///api' } }), 'bad-url'],
  [
    'a port beyond all ports',
    kubeconfig({ cluster: { server: 'https://10.0.0.10:99999' } }),
    'bad-url',
  ],
  [
    'a user name in the server',
    kubeconfig({ cluster: { server: 'https://root@10.0.0.10' } }),
    'userinfo-in-url',
  ],
  [
    'a password in the server',
    kubeconfig({ cluster: { server: 'https://root:pw@10.0.0.10' } }),
    'userinfo-in-url',
  ],
  [
    'an empty user name in the server',
    kubeconfig({ cluster: { server: 'https://@10.0.0.10' } }),
    'userinfo-in-url',
  ],
  ['a proxy', kubeconfig({ cluster: { 'proxy-url': 'http://evil:3128' } }), 'proxy-url'],
  ['insecure TLS', kubeconfig({ cluster: { 'insecure-skip-tls-verify': true } }), 'insecure-tls'],
  [
    'insecure TLS as text',
    kubeconfig({ cluster: { 'insecure-skip-tls-verify': 'yes' } }),
    'insecure-tls',
  ],
  ['a path as TLS name', kubeconfig({ cluster: { 'tls-server-name': '../x' } }), 'bad-server-name'],
  ['no CA', kubeconfig({ cluster: { 'certificate-authority-data': undefined } }), 'no-ca'],
  [
    'a CA file',
    kubeconfig({ cluster: { 'certificate-authority': '/etc/ca.crt' } }),
    'file-reference',
  ],
  [
    'a CA file beside CA data',
    kubeconfig({ cluster: { 'certificate-authority': 'ca.crt' } }),
    'file-reference',
  ],
  [
    'a certificate file',
    kubeconfig({ user: { 'client-certificate': '/root/x.crt' } }),
    'file-reference',
  ],
  ['a key file', kubeconfig({ user: { 'client-key': '/root/.ssh/id_rsa' } }), 'file-reference'],
  ['a token file', kubeconfig({ user: { tokenFile: '/var/run/secrets/token' } }), 'file-reference'],
  [
    'a program',
    kubeconfig({ user: { exec: { command: 'touch', args: ['/tmp/x'] } } }),
    'exec-plugin',
  ],
  ['a program without a command', kubeconfig({ user: { exec: {} } }), 'exec-plugin'],
  [
    'an auth provider',
    kubeconfig({ user: { 'auth-provider': { name: 'gcp', config: { 'cmd-path': 'id' } } } }),
    'auth-provider',
  ],
  ['impersonation', kubeconfig({ user: { as: 'system:admin' } }), 'impersonation'],
  [
    'impersonated groups',
    kubeconfig({ user: { 'as-groups': ['system:masters'] } }),
    'impersonation',
  ],
  ['an impersonated UID', kubeconfig({ user: { 'as-uid': '0' } }), 'impersonation'],
  ['impersonated extras', kubeconfig({ user: { 'as-user-extra': { a: ['b'] } } }), 'impersonation'],
  [
    'a password',
    kubeconfig({ user: { ...noToken, username: 'admin', password: 'pw' } }),
    'basic-auth',
  ],
  ['a password beside a token', kubeconfig({ user: { password: 'pw' } }), 'basic-auth'],
  ['no credentials', kubeconfig({ user: noToken }), 'no-credentials'],
  ['an empty token', kubeconfig({ user: { token: '' } }), 'no-credentials'],
  ['a token and a certificate', kubeconfig({ user: certificate }), 'two-credentials'],
  [
    'a certificate without its key',
    kubeconfig({ user: { ...noToken, 'client-certificate-data': certData } }),
    'incomplete-credentials',
  ],
  [
    'a key without its certificate',
    kubeconfig({ user: { ...noToken, 'client-key-data': keyData } }),
    'incomplete-credentials',
  ],
  [
    'a CA that is no base64',
    kubeconfig({ cluster: { 'certificate-authority-data': '-----BEGIN' } }),
    'bad-base64',
  ],
  [
    'a CA of half base64',
    kubeconfig({ cluster: { 'certificate-authority-data': `${caData.slice(0, -3)}` } }),
    'bad-base64',
  ],
  [
    'a CA that is no PEM',
    kubeconfig({ cluster: { 'certificate-authority-data': btoa('hello') } }),
    'bad-pem',
  ],
  [
    'a private key as CA',
    kubeconfig({ cluster: { 'certificate-authority-data': keyData } }),
    'bad-pem',
  ],
  [
    'a private key behind the CA',
    kubeconfig({
      cluster: { 'certificate-authority-data': btoa(pem('CERTIFICATE') + pem('PRIVATE KEY')) },
    }),
    'bad-pem',
  ],
  [
    'text behind the CA',
    kubeconfig({ cluster: { 'certificate-authority-data': btoa(`${pem('CERTIFICATE')}evil`) } }),
    'bad-pem',
  ],
  [
    'a CA that was cut off',
    kubeconfig({
      cluster: { 'certificate-authority-data': btoa(pem('CERTIFICATE', btoa('\x30\x82\x04\x00'))) },
    }),
    'bad-pem',
  ],
  [
    'an encrypted key',
    kubeconfig({
      user: { ...noToken, ...certificate, 'client-key-data': btoa(pem('ENCRYPTED PRIVATE KEY')) },
    }),
    'bad-pem',
  ],
  [
    'two keys',
    kubeconfig({
      user: { ...noToken, ...certificate, 'client-key-data': btoa(pem('PRIVATE KEY').repeat(2)) },
    }),
    'bad-pem',
  ],
  [
    'a header behind the token',
    kubeconfig({ user: { token: 'abc\r\nX-Remote-User: root' } }),
    'bad-token',
  ],
  [
    'a NUL in the token',
    yaml(
      'clusters: [{name: c, cluster: {server: "https://a", certificate-authority-data: ' +
        caData +
        '}}]\nusers: [{name: u, user: {token: "a\\0b"}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n',
    ),
    'bad-token',
  ],
  ['a token beyond all tokens', kubeconfig({ user: { token: 'a'.repeat(20_000) } }), 'bad-token'],
];

import { describe, expect, it } from 'vitest';
import { DomainError } from '@fairlead/core';
import { problemCatalogue } from '../problems/catalogue.js';
import { kubeconfigProblemCodes } from '../problems/kubeconfig-problems.js';
import {
  caData,
  certData,
  hostileKubeconfigs,
  keyData,
  kubeconfig,
  pem,
} from './hostile-kubeconfigs.js';
import { parseKubeconfig } from './parse-kubeconfig.js';

function refusedBy(text: string, context?: string): DomainError | undefined {
  try {
    parseKubeconfig(text, context);
    return undefined;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

describe('parseKubeconfig', () => {
  it.each(hostileKubeconfigs.map((each) => [...each] as const))('refuses %s', (...each) => {
    const [, text, code, context] = each;
    const error = refusedBy(text, context);

    expect(error?.code).toBe(`kubeconfig-${code}`);
    expect(error?.kind).toBe('unacceptable');
    expect(error?.remedy).toBe(problemCatalogue[`kubeconfig-${code}`]?.remedy);
  });

  it('has at least 60 hostile kubeconfigs, and one for every code', () => {
    const codes = new Set(hostileKubeconfigs.map(([, , code]) => `kubeconfig-${code}`));

    expect(hostileKubeconfigs.length).toBeGreaterThanOrEqual(60);
    expect([...codes].toSorted()).toEqual(kubeconfigProblemCodes.toSorted());
  });

  it('never repeats what the kubeconfig holds', () => {
    const secrets = ['secret-token', 'root:pw', 'evil', '/etc/passwd', caData, keyData];
    for (const [, text, , context] of hostileKubeconfigs) {
      const message = refusedBy(text, context)?.message ?? '';
      for (const secret of secrets) expect(message).not.toContain(secret);
    }
  });

  it('reads a token', () => {
    const credentials = parseKubeconfig(kubeconfig());

    expect(credentials).toEqual({
      server: 'https://10.0.0.10:6443',
      caPem: pem('CERTIFICATE'),
      user: { type: 'token', token: 'secret-token' },
    });
  });

  it('reads a client certificate, a TLS name and a path', () => {
    const user = { token: '', 'client-certificate-data': certData, 'client-key-data': keyData };
    const cluster = { server: 'https://proxy.example/k8s/c-1/', 'tls-server-name': 'kubernetes' };

    const credentials = parseKubeconfig(kubeconfig({ cluster, user }));

    expect(credentials).toEqual({
      server: 'https://proxy.example/k8s/c-1',
      caPem: pem('CERTIFICATE'),
      tlsServerName: 'kubernetes',
      user: { type: 'client-certificate', certPem: pem('CERTIFICATE'), keyPem: pem('PRIVATE KEY') },
    });
  });

  it('takes the context that was chosen out of several', () => {
    const users = [
      { name: 'u', user: { exec: { command: 'id' } } },
      { name: 'v', user: { token: 'other' } },
    ];
    const contexts = [
      { name: 'x', context: { cluster: 'c', user: 'u' } },
      { name: 'y', context: { cluster: 'c', user: 'v', namespace: 'default' } },
    ];

    const { user } = parseKubeconfig(kubeconfig({ root: { users, contexts } }), 'y');

    expect(user).toEqual({ type: 'token', token: 'other' });
  });

  it('reads YAML as kubectl writes it, with members that mean nothing here', () => {
    const text = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${caData}
    extensions:
    - extension: {provider: minikube.sigs.k8s.io}
      name: cluster_info
    insecure-skip-tls-verify: false
    server: https://192.168.49.2:8443
  name: minikube
contexts:
- context: {cluster: minikube, extensions: [], namespace: default, user: minikube}
  name: minikube
current-context: minikube
kind: Config
preferences: {}
users:
- name: minikube
  user:
    exec: null
    token: abc
`;

    expect(parseKubeconfig(text).server).toBe('https://192.168.49.2:8443');
  });

  it('takes a kubeconfig of 64 KiB in a moment, whatever it holds', () => {
    const begin = performance.now();
    for (const [, text, , context] of hostileKubeconfigs) refusedBy(text, context);

    expect(performance.now() - begin).toBeLessThan(5000);
  });
});

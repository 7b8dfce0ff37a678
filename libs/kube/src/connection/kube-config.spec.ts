import { HttpMethod, RequestContext } from '@kubernetes/client-node';
import { Agent } from 'undici';
import { describe, expect, it } from 'vitest';
import { kubeConfigOf } from './kube-config.js';

const credentials = {
  server: 'https://cluster.test:6443',
  caPem: 'CA',
  user: { type: 'token', token: 't' },
} as const;

describe('kubeConfigOf', () => {
  it('leaves the library no way to start a program or read a file for a token', () => {
    const config = kubeConfigOf(credentials, new Agent());

    expect(Reflect.get(config, 'authenticators')).toEqual([]);
    expect(config.getCurrentUser()).toEqual({ name: 'user', token: 't' });
    expect(config.getCurrentCluster()).toMatchObject({ skipTLSVerify: false, caData: 'Q0E=' });
  });

  it('sends every request through the one guarded dispatcher', async () => {
    const dispatcher = new Agent();
    const context = new RequestContext('https://cluster.test:6443/', HttpMethod.GET);

    await kubeConfigOf(credentials, dispatcher).applySecurityAuthentication(context);

    expect(context.getDispatcher()).toBe(dispatcher);
    expect(context.getHeaders()).toMatchObject({ Authorization: 'Bearer t' });
  });
});

import { describe, expect, it } from 'vitest';
import { resolverFor } from './pod-resolver.js';

const resolverOf = (spec: object) => resolverFor('shop', spec, '10.96.0.10');

describe('resolverFor', () => {
  it('gives a pod the cluster’s server, search path and five dots', () => {
    expect(resolverOf({})).toEqual({
      nameservers: ['10.96.0.10'],
      searches: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
      options: ['ndots:5'],
    });
  });

  it('lets dnsConfig add to it, and replace options of the same name', () => {
    const dnsConfig = {
      searches: ['corp.example'],
      options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
    };

    expect(resolverOf({ dnsConfig })).toMatchObject({
      searches: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'corp.example'],
      options: ['ndots:2', 'edns0'],
    });
  });

  it.each([[{ dnsPolicy: 'Default' }], [{ hostNetwork: true }], [{ dnsPolicy: 'None' }]])(
    'keeps the cluster’s search path from a pod with %j',
    (spec) => {
      expect(resolverOf(spec).searches).toEqual([]);
    },
  );

  it('gives it to a pod on the host’s network that asks for it', () => {
    const spec = { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' };

    expect(resolverOf(spec).nameservers).toEqual(['10.96.0.10']);
  });
});

import { Finding } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { adviseKubeProxy } from './advise.js';
import { kubeProxyParameters } from './parameters.js';
import { KubeProxyObservation } from './observe.js';
import type { ProxyNode } from './seen-proxy.js';
import { KubeProxySettings } from './settings.js';
import recorded from './testing/recorded-observation.json' with { type: 'json' };

const observed = KubeProxyObservation.parse(recorded);

function withNodes(change: (node: ProxyNode) => Partial<ProxyNode>): KubeProxyObservation {
  return { ...observed, nodes: observed.nodes.map((node) => ({ ...node, ...change(node) })) };
}

function withConfiguration(
  change: object,
  more: object = {},
  seen: KubeProxyObservation = observed,
): KubeProxyObservation {
  const { kubeProxy } = seen;
  if (kubeProxy.kind !== 'daemon-set') throw new Error('recorded with a DaemonSet');
  const configuration = { ...kubeProxy.configuration, ...change };
  return KubeProxyObservation.parse({
    ...seen,
    kubeProxy: { ...kubeProxy, ...more, configuration },
  });
}

const inMode = (mode: string) =>
  withConfiguration(
    { mode },
    {},
    withNodes(() => ({ proxy: { mode, healthy: true } })),
  );
const told = (seen: KubeProxyObservation) =>
  adviseKubeProxy(seen).map(({ code, verdict }) => `${verdict} ${code}`);

describe('adviseKubeProxy', () => {
  it('leaves the mode alone at few Services, with what it saw', () => {
    const [finding] = adviseKubeProxy(observed);

    expect(finding).toMatchObject({ code: 'kube-proxy-few-services', verdict: 'leave-alone' });
    expect(finding?.evidence).toEqual(
      expect.arrayContaining([
        { what: 'Services', value: '3', where: 'the API server’s count' },
        { what: 'mode on node-1', value: 'iptables', where: 'kube-proxy’s /proxyMode' },
        { what: 'iptables rules on node-1', value: '33', where: 'agent on node-1' },
      ]),
    );
  });

  it('finds nftables worth trying with many Services, or where a sync takes long', () => {
    const slow = withNodes((node) => ({
      proxy: {
        mode: 'iptables',
        healthy: true,
        sync: { lastSeconds: 1, count: 9, meanMilliseconds: node.name === 'node-2' ? 2400 : 12 },
      },
    }));

    expect(told({ ...observed, services: 12_000 })).toEqual(['consider kube-proxy-many-services']);
    expect(told(slow)).toEqual(['consider kube-proxy-slow-sync']);
  });

  it('says what stands in the way of nftables', () => {
    const old = withNodes(() => ({ kernel: '4.18.0-553.el8.x86_64' }));
    const localhost = withNodes((node) => ({
      support: node.support && { ...node.support, localhostNodePorts: 5 },
    }));

    expect(told({ ...old, services: 5000 })).toEqual([
      'leave-alone kube-proxy-nftables-not-possible',
    ]);
    expect(told({ ...localhost, services: 5000 })).toEqual([
      'leave-alone kube-proxy-localhost-node-ports',
    ]);
  });

  it('leaves nftables alone', () => {
    expect(told(inMode('nftables'))).toEqual(['leave-alone kube-proxy-nftables-in-force']);
  });

  it.each([
    ['1.34.2', 'consider kube-proxy-ipvs-ends'],
    ['1.35.0', 'act kube-proxy-ipvs-deprecated'],
    ['1.39.4', 'act kube-proxy-ipvs-deprecated'],
  ])('says of ipvs in %s: %s', (version, expected) => {
    expect(told(withConfiguration({}, { version }, inMode('ipvs')))).toEqual([expected]);
  });

  it('asks to name a mode that an upgrade would change', () => {
    const [, finding] = adviseKubeProxy(withConfiguration({ mode: '' }));

    expect(finding).toMatchObject({
      code: 'kube-proxy-mode-unnamed',
      recommended: { mode: 'iptables' },
    });
    expect(told(withConfiguration({ mode: '' }, { version: '1.40.0' }))).not.toContain(
      'consider kube-proxy-mode-unnamed',
    );
  });

  it('finds the remedy of an older release that only delays', () => {
    const seen = withConfiguration({ iptables: { minSyncPeriod: '10s' } });

    expect(told(seen)).toContain('consider kube-proxy-min-sync-period-long');
    expect(told(withConfiguration({ iptables: { minSyncPeriod: '0s' } }))).toHaveLength(1);
  });

  it('warns of an edit that is not in force', () => {
    expect(told(withConfiguration({ mode: 'nftables' }))).toContain(
      'act kube-proxy-config-not-in-force',
    );
  });

  it('says what it could not see', () => {
    const blind = withNodes(() => ({ proxy: null, rules: null, problem: 'no agent started' }));

    expect(told({ ...blind, services: null })).toEqual([
      'unknown kube-proxy-nodes-unseen',
      'unknown kube-proxy-services-uncounted',
    ]);
    expect(told({ ...observed, kubeProxy: { kind: 'absent' } })).toEqual([
      'leave-alone kube-proxy-absent',
    ]);
    expect(told({ ...observed, kubeProxy: { kind: 'unreadable', why: 'no right' } })[0]).toBe(
      'unknown kube-proxy-config-unreadable',
    );
  });

  it('recommends only settings that it would accept, about parameters that it owns', () => {
    const own = new Set(kubeProxyParameters.map(({ name }) => name));
    const all = [
      { ...observed, services: 12_000 },
      inMode('ipvs'),
      withConfiguration({ mode: '', iptables: { minSyncPeriod: '10s' } }),
    ].flatMap(adviseKubeProxy);

    for (const finding of all) {
      expect(Finding.parse(finding)).toEqual(finding);
      expect(finding.parameters.filter((name) => !own.has(name))).toEqual([]);
      if (finding.recommended !== undefined) KubeProxySettings.parse(finding.recommended);
    }
    expect(all.filter(({ recommended }) => recommended !== undefined)).toHaveLength(4);
  });
});

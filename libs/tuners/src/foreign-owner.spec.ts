import type { JsonObject, SeenObject } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { foreignOwnerOf } from './foreign-owner.js';
import { keysNamedIn } from './key-writers.js';
import { isAtLeast } from './version.js';

function anObject(metadata: JsonObject): SeenObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kube-proxy', ...metadata } };
}

describe('foreignOwnerOf', () => {
  it.each([
    [
      { annotations: { 'argocd.argoproj.io/tracking-id': 'infra:v1/ConfigMap:a/b' } },
      'Argo CD application infra',
    ],
    [{ labels: { 'kustomize.toolkit.fluxcd.io/name': 'infra' } }, 'Flux Kustomization infra'],
    [{ labels: { 'helm.toolkit.fluxcd.io/name': 'proxy' } }, 'Flux HelmRelease proxy'],
    [{ annotations: { 'meta.helm.sh/release-name': 'proxy' } }, 'Helm release proxy'],
    [{ labels: { 'app.kubernetes.io/managed-by': 'Helm' } }, 'Helm'],
    [
      { labels: { 'addonmanager.kubernetes.io/mode': 'Reconcile' } },
      'the cluster’s add-on manager',
    ],
    [{ managedFields: [{ manager: 'eks' }] }, 'the EKS add-on'],
    [
      { ownerReferences: [{ kind: 'Installation', name: 'default', controller: true }] },
      'Installation default',
    ],
  ])('tells from %j that it is kept by %s', (metadata, owner) => {
    expect(foreignOwnerOf(anObject(metadata))?.name).toBe(owner);
  });

  it.each([
    [
      'kubeadm and kubectl, which write once',
      { managedFields: [{ manager: 'kubeadm' }, { manager: 'kubectl-client-side-apply' }] },
    ],
    [
      'an add-on that is only created',
      { labels: { 'addonmanager.kubernetes.io/mode': 'EnsureExists' } },
    ],
    [
      'Flux when it was told to stand back',
      {
        labels: { 'kustomize.toolkit.fluxcd.io/name': 'x' },
        annotations: { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' },
      },
    ],
    [
      'a manager of the status alone',
      { managedFields: [{ manager: 'eks', subresource: 'status' }] },
    ],
    ['an owner that does not control', { ownerReferences: [{ kind: 'Node', name: 'a' }] }],
  ])('does not mistake %s for an owner', (_what, metadata) => {
    expect(foreignOwnerOf(anObject(metadata))).toBeNull();
  });
});

describe('keysNamedIn', () => {
  it.each([
    ['sysctl -w net.core.somaxconn=32768', ['net.core.somaxconn']],
    ['echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse', ['net.ipv4.tcp_tw_reuse']],
    ['sysctl net.nf_conntrack_max=1', ['net.netfilter.nf_conntrack_max']],
    [
      'net.netfilter.nf_conntrack_tcp_timeout_close_wait=60',
      ['net.netfilter.nf_conntrack_tcp_timeout_close_wait'],
    ],
    ['sysctl -w vm.max_map_count=262144', []],
  ])('finds in %j %j', (text, keys) => {
    expect(keysNamedIn(text)).toEqual(keys);
  });
});

describe('isAtLeast', () => {
  it.each([
    ['v1.36.3', '1.36', true],
    ['1.9.0', '1.10', false],
    ['v1.32.0-eks-123', '1.32', true],
    ['6.18.44-generic', '4.15', true],
    ['4.6', '4.15', false],
    ['', '1.0', false],
  ])('%s against %s: %s', (version, minimum, expected) => {
    expect(isAtLeast(version, minimum)).toBe(expected);
  });
});

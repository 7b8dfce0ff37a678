import {
  valueAt,
  type ClusterNode,
  type Json,
  type NodeFacts,
  type SeenObject,
} from '@fairlead/core';

/** A Node object as the domain sees it. */
export function clusterNode(node: SeenObject): ClusterNode {
  const info = (name: string) => text(valueAt(node, ['status', 'nodeInfo', name]));
  const addresses = list(valueAt(node, ['status', 'addresses']))
    .filter((address) => valueAt(address, ['type']) !== 'Hostname')
    .map((address) => text(valueAt(address, ['address'])));
  const podCidrs = list(valueAt(node, ['spec', 'podCIDRs'])).map(text);
  const podCidr = text(valueAt(node, ['spec', 'podCIDR']));
  return {
    name: node.metadata.name,
    ready: isReady(node),
    kernel: info('kernelVersion'),
    os: info('operatingSystem') === 'windows' ? 'windows' : 'linux',
    arch: info('architecture'),
    kubeletVersion: info('kubeletVersion'),
    osImage: info('osImage'),
    addresses,
    labels: texts(valueAt(node, ['metadata', 'labels'])),
    annotations: texts(valueAt(node, ['metadata', 'annotations'])),
    podCidrs: podCidrs.length > 0 || podCidr === '' ? podCidrs : [podCidr],
    memoryBytes: quantity(text(valueAt(node, ['status', 'capacity', 'memory']))),
    cpus: quantity(text(valueAt(node, ['status', 'capacity', 'cpu']))),
  };
}

export function nodeFacts({
  name,
  ready,
  os,
  arch,
  kernel,
  kubeletVersion,
  osImage,
}: ClusterNode): NodeFacts {
  return { name, ready, os, arch, kernel, kubeletVersion, osImage };
}

const factors: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** A Kubernetes quantity as a number: `16384Ki` is 16777216, `1500m` is 1.5; 0 for what is none. */
export function quantity(written: string): number {
  const [, digits = '', suffix = ''] = /^([0-9.]+(?:e[0-9]+)?)([A-Za-z]*)$/.exec(written) ?? [];
  const factor = factors[suffix];
  return digits === '' || factor === undefined ? 0 : Number(digits) * factor;
}

function isReady(node: SeenObject): boolean {
  return list(valueAt(node, ['status', 'conditions'])).some(
    (condition) =>
      valueAt(condition, ['type']) === 'Ready' && valueAt(condition, ['status']) === 'True',
  );
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function texts(value: Json | undefined): Record<string, string> {
  const members = Object.entries((value ?? {}) as Record<string, Json>);
  return Object.fromEntries(members.map(([name, member]) => [name, text(member)]));
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

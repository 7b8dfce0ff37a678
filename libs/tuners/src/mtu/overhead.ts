import { objectText, type Json, type ObjectRef } from '@fairlead/core';
import { overheadBytes } from '../cni/overhead.js';
import type { Encapsulation, IpFamily, SeenCni, SeenField } from '../cni/seen-cni.js';

/** What pods' packets need of the path over one family: their own size and so much more. */
export interface Need {
  readonly family: IpFamily;
  readonly overheadBytes: number;
  /** For sentences: `VXLAN over IPv4`, `no encapsulation over IPv4`. */
  readonly what: string;
}

const titles: Readonly<Record<Encapsulation['kind'], string>> = {
  vxlan: 'VXLAN',
  geneve: 'Geneve',
  ipip: 'IP in IP',
  wireguard: 'WireGuard',
  ipsec: 'IPsec',
  udp: 'flannel’s UDP backend',
  unknown: 'an unknown encapsulation',
};

/** Cilium reserves for WireGuard what it takes over IPv6, whatever the underlay. Source: domain.md 5.1. */
const ciliumWireguardBytes = 80;

/**
 * What a CNI's packets need of the paths between nodes, by family of the outer packet; null where an
 * encapsulation is not known. Alternatives need the largest of them, a tunnel inside encryption both.
 * Source: domain.md 5.1.
 */
export function needsOf(cni: SeenCni): readonly Need[] | null {
  const needs = new Map<IpFamily, Need>();
  const keep = (need: Need) => {
    const former = needs.get(need.family);
    if (former === undefined || former.overheadBytes < need.overheadBytes) {
      needs.set(need.family, need);
    }
  };
  if (cni.name === 'cilium' && cni.encapsulations.length > 1) return stackedNeeds(cni);
  for (const encapsulation of cni.encapsulations) {
    const bytes = bytesOf(cni, encapsulation);
    if (bytes === null) return null;
    keep(needOf(encapsulation.underlay, bytes, titles[encapsulation.kind]));
  }
  const isAlwaysWrapped = cni.encapsulations.some(({ when }) => when === 'always');
  if (!isAlwaysWrapped) {
    // Packets that nobody wraps cross as they are.
    if (cni.encapsulations.length === 0 && cni.routing === 'unknown') return null;
    for (const family of familiesOf(cni)) keep(needOf(family, 0, 'no encapsulation'));
  }
  return [...needs.values()].toSorted((a, b) => (a.family < b.family ? -1 : 1));
}

function stackedNeeds(cni: SeenCni): readonly Need[] | null {
  let sum = 0;
  for (const encapsulation of cni.encapsulations) {
    const bytes = bytesOf(cni, encapsulation);
    if (bytes === null) return null;
    sum += bytes;
  }
  const [first] = cni.encapsulations;
  const what = cni.encapsulations.map(({ kind }) => titles[kind]).join(' in ');
  return first === undefined ? null : [needOf(first.underlay, sum, what)];
}

function bytesOf(cni: SeenCni, encapsulation: Encapsulation): number | null {
  return cni.name === 'cilium' && encapsulation.kind === 'wireguard'
    ? ciliumWireguardBytes
    : overheadBytes(encapsulation);
}

function needOf(family: IpFamily, bytes: number, what: string): Need {
  const over = family === 'ipv4' ? 'IPv4' : 'IPv6';
  return { family, overheadBytes: bytes, what: `${what} over ${over}` };
}

/** IPv4 where nothing tells: no cluster without it has pods whose family nobody knows. */
export function familiesOf({ families }: SeenCni): readonly IpFamily[] {
  return families.length > 0 ? families : ['ipv4'];
}

/** The one field that decides the MTU of new pods, and what it has to say. */
export interface MtuField {
  readonly field: SeenField;
  /** In the catalogue's words. */
  readonly parameter: 'cni.flannel.Backend.MTU' | 'cni.calico.mtu' | 'cni.cilium.MTU';
  /** What stands in the field so that pods get an MTU. */
  readonly valueFor: (podMtuBytes: number) => number | string;
  /** What a new pod's link then shows. */
  readonly linkMtuFor: (podMtuBytes: number) => number;
  /** The DaemonSet that reads the field when its pods start; null where an operator rolls what it has to. */
  readonly restarts: ObjectRef | null;
}

/** A field's value for sentences and patches. */
export function valueText(value: Json): string {
  if (value === null) return 'not set';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export interface NoField {
  readonly code: string;
  readonly message: string;
}

const elsewhere: Readonly<Partial<Record<SeenCni['name'], string>>> = {
  kindnet: 'kindnet gives pods the MTU of the node’s uplink. Change the MTU of the nodes’ links.',
  'aws-vpc-cni':
    'The VPC CNI takes the MTU from AWS_VPC_ENI_MTU and POD_MTU of its add-on. Set env in the add-on’s configuration values.',
  'ovn-kubernetes':
    'The Cluster Network Operator changes the MTU in two rolling reboots. Set spec.migration.mtu of network.operator.openshift.io/cluster.',
  unknown:
    'It is not known where this pod network keeps its MTU. Change it in the configuration of the pod network.',
};

/**
 * Which field of which object decides the MTU of new pods. flannel's `Backend.MTU` is that of the link
 * outside the tunnel, Cilium's `mtu` that of the underlay, and Calico's that of the pods themselves.
 * Source: domain.md 5.2.
 */
export function mtuFieldOf(cni: SeenCni): MtuField | NoField {
  switch (cni.name) {
    case 'flannel':
      return flannelField(cni);
    case 'calico':
      return calicoField(cni);
    case 'cilium':
      return ciliumField(cni);
    default:
      return { code: 'unsupported-cni', message: elsewhere[cni.name] ?? elsewhere.unknown ?? '' };
  }
}

/** Bytes that flannel takes off its `Backend.MTU`: 50 for VXLAN over either family, 80 for WireGuard. */
const flannelTakes: Readonly<Record<string, number>> = { vxlan: 50, wireguard: 80 };

function flannelField(cni: SeenCni): MtuField | NoField {
  const { agents, mtuFields, encapsulations } = cni;
  if (agents === null) {
    const message =
      'flannel runs inside the process of each node, which takes no MTU. Change the MTU of the nodes’ links, or ask the distribution for one.';
    return { code: 'unsupported-cni', message };
  }
  if (agents.object.name === 'canal') {
    const message =
      'With canal, pods’ links are Calico’s and the tunnel is flannel’s. Set veth_mtu and Backend.MTU together in the manifest that canal was installed from.';
    return { code: 'unsupported-cni', message };
  }
  if (cni.routing === 'host-gw') {
    const message =
      'flannel’s host-gw backend gives pods the MTU of the uplink and has no field for another. Change the MTU of the nodes’ links.';
    return { code: 'unsupported-backend', message };
  }
  const field = mtuFields.find(({ name }) => name === 'Backend.MTU');
  const takes = flannelTakes[encapsulations[0]?.kind ?? ''];
  if (field === undefined) return unseen('flannel’s configuration');
  if (takes === undefined) {
    const message =
      'Only flannel’s vxlan and wireguard backends take an MTU. Change the MTU of the nodes’ links.';
    return { code: 'unsupported-backend', message };
  }
  return {
    field,
    parameter: 'cni.flannel.Backend.MTU',
    valueFor: (podMtuBytes) => podMtuBytes + takes,
    linkMtuFor: (podMtuBytes) => podMtuBytes,
    restarts: agents.object,
  };
}

function calicoField(cni: SeenCni): MtuField | NoField {
  const own = { parameter: 'cni.calico.mtu', linkMtuFor: (bytes: number) => bytes } as const;
  const byOperator = cni.mtuFields.find(({ name }) => name === 'spec.calicoNetwork.mtu');
  if (byOperator !== undefined) {
    if ((cni.calico?.installation?.cniType ?? 'Calico') !== 'Calico') return chained('Calico');
    return { ...own, field: byOperator, valueFor: (bytes) => bytes, restarts: null };
  }
  const byManifest = cni.mtuFields.find(({ name }) => name === 'veth_mtu');
  if (byManifest === undefined) return unseen('calico-config or the operator’s Installation');
  // A ConfigMap holds texts alone. The agents write it into the CNI's configuration when they start.
  return { ...own, field: byManifest, valueFor: String, restarts: cni.agents?.object ?? null };
}

function ciliumField(cni: SeenCni): MtuField | NoField {
  const field = cni.mtuFields.find(({ name }) => name === 'mtu');
  if (field === undefined || cni.agents === null) return unseen('cilium-config');
  const chaining = cni.cilium?.config?.values['cni-chaining-mode'] ?? 'none';
  if (chaining !== 'none') return chained('Cilium');
  const overruled = cni.cilium?.nodeConfigs.find(({ defaults }) => Object.hasOwn(defaults, 'mtu'));
  if (overruled !== undefined) {
    const message = `${objectText(overruled.object)} sets mtu for some nodes and wins there. Change it, or take mtu out of it, first.`;
    return { code: 'node-override', message };
  }
  const [need] = needsOf(cni) ?? [];
  if (need === undefined) {
    const message = 'It is not known what Cilium wraps around packets here. Check cilium-config.';
    return { code: 'encapsulation-unknown', message };
  }
  const underlay = (podMtuBytes: number) => podMtuBytes + need.overheadBytes;
  return {
    field,
    parameter: 'cni.cilium.MTU',
    valueFor: (podMtuBytes) => String(underlay(podMtuBytes)),
    // The link keeps the underlay's; routes inside the pod hold packets to what is left of it.
    linkMtuFor: underlay,
    restarts: cni.agents.object,
  };
}

function unseen(what: string): NoField {
  return {
    code: 'cni-unseen',
    message: `${what} could not be read, so that its MTU is not known. Check that it is there and that Fairlead may read it.`,
  };
}

function chained(title: string): NoField {
  return {
    code: 'unsupported-cni',
    message: `${title} runs behind another plugin, which decides the MTU. Change it there.`,
  };
}

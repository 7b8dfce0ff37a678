import type { ClusterReader, SeenObject } from '@fairlead/core';
import { byText } from '../by-text.js';
import { listAt, textAt, textsAt } from '../json-reading.js';
import { calicoDetails } from './calico.js';
import { ciliumDetails } from './cilium.js';
import type { CniDetails, CniSources } from './details.js';
import { flannelDetails } from './flannel.js';
import { Look } from './look.js';
import { awsDetails, kindnetDetails, ovnDetails, unknownDetails } from './other-cnis.js';
import type { NodeNetwork, SeenCni } from './seen-cni.js';
import { whichCni, type FoundCni } from './which-cni.js';

/** Lists that a tuner has made already and that need not be made again. */
export interface Listed {
  readonly daemonSets?: readonly SeenObject[];
  readonly nodes?: readonly SeenObject[];
}

/**
 * What the API says of the cluster's CNI. Requests: one list each of DaemonSets and Nodes unless given,
 * and up to five reads for Calico, two for Cilium, one for flannel and OVN-Kubernetes, none for others.
 * What may not be read is told in `unseen`; only an unreachable cluster throws.
 */
export async function observeCni(
  reader: ClusterReader,
  signal: AbortSignal,
  listed: Listed = {},
): Promise<SeenCni> {
  const [daemonSets, nodes] = await Promise.all([
    listed.daemonSets ?? reader.list({ apiVersion: 'apps/v1', kind: 'DaemonSet' }, {}, signal),
    listed.nodes ?? reader.list({ apiVersion: 'v1', kind: 'Node' }, {}, signal),
  ]);
  const look = new Look(reader, signal);
  const found = whichCni(daemonSets, nodes);
  const networks = nodes.map(networkOf).toSorted((a, b) => byText(a.node, b.node));
  const sources = { look, daemonSet: found.daemonSet, nodes, networks };
  const details = await detailsOf(found, sources);
  return {
    name: found.name,
    besides: found.besides.toSorted(byText),
    nodes: networks,
    ...details,
    unseen: look.unseen,
  };
}

async function detailsOf(found: FoundCni, sources: CniSources): Promise<CniDetails> {
  switch (found.name) {
    case 'flannel':
      return await flannelDetails(sources);
    case 'calico':
      return await calicoDetails(sources);
    case 'cilium':
      return await ciliumDetails(sources);
    case 'ovn-kubernetes':
      return await ovnDetails(sources);
    case 'aws-vpc-cni':
      return awsDetails(sources);
    case 'kindnet':
      return kindnetDetails(sources);
    case 'unknown':
      return unknownDetails(sources, found.title);
  }
}

function networkOf(node: SeenObject): NodeNetwork {
  const cidrs = listAt(node, ['spec', 'podCIDRs']).filter((cidr) => typeof cidr === 'string');
  const only = textAt(node, ['spec', 'podCIDR']);
  const annotations = textsAt(node, ['metadata', 'annotations']);
  return {
    node: node.metadata.name,
    podCidrs: cidrs.length > 0 || only === null ? cidrs : [only],
    subnet: annotations['projectcalico.org/IPv4Address'] ?? null,
  };
}

import type { ClusterNode, ClusterReader, SeenObject } from '@fairlead/core';
import { byText } from '../by-text.js';
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
  readonly nodes?: readonly ClusterNode[];
}

/**
 * What the API says of the cluster's CNI. Requests: a list of DaemonSets unless given, the nodes, and
 * up to five reads for Calico, two for Cilium, one for flannel and OVN-Kubernetes, none for others.
 * What may not be read is told in `unseen`; only an unreachable cluster throws.
 */
export async function observeCni(
  reader: ClusterReader,
  signal: AbortSignal,
  listed: Listed = {},
): Promise<SeenCni> {
  const [daemonSets, nodes] = await Promise.all([
    listed.daemonSets ?? reader.list({ apiVersion: 'apps/v1', kind: 'DaemonSet' }, {}, signal),
    listed.nodes ?? reader.nodes(signal),
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

function networkOf({ name, podCidrs, annotations }: ClusterNode): NodeNetwork {
  const subnet = annotations['projectcalico.org/IPv4Address'] ?? null;
  return { node: name, podCidrs: [...podCidrs], subnet };
}

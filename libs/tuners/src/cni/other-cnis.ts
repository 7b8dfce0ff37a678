import { refOf, valueAt } from '@fairlead/core';
import { foreignOwnerOf } from '../foreign-owner.js';
import { textAt } from '../json-reading.js';
import { agentsOf, environmentOf, environmentPath, versionOf } from './agents.js';
import { noDetails, type CniDetails, type CniSources } from './details.js';
import { familiesOf } from './families.js';
import type { SeenField } from './seen-cni.js';

function common({ daemonSet, networks }: CniSources, container: string, title: string): CniDetails {
  const agents = daemonSet === null ? null : agentsOf(daemonSet, container);
  return {
    ...noDetails,
    title,
    agents,
    version: versionOf(agents?.image ?? null),
    families: familiesOf(networks.flatMap(({ podCidrs }) => podCidrs)),
  };
}

/** kindnet routes between nodes of one network; its MTU follows the uplink's. No request. */
export function kindnetDetails(sources: CniSources): CniDetails {
  return { ...common(sources, 'kindnet-cni', 'kindnet'), routing: 'native' };
}

/** Pods have addresses of the VPC. Its MTU stands in the environment of its DaemonSet. No request. */
export function awsDetails(sources: CniSources): CniDetails {
  const details = common(sources, 'aws-node', 'AWS VPC CNI');
  const { daemonSet } = sources;
  if (daemonSet === null) return { ...details, routing: 'cloud' };
  const environment = environmentOf(daemonSet, 'aws-node');
  const isIpv6 = environment['ENABLE_IPv6'] === 'true';
  const mtuFields = ['AWS_VPC_ENI_MTU', 'POD_MTU'].map((name): SeenField => ({
    name,
    object: refOf(daemonSet),
    path: environmentPath(daemonSet, 'aws-node', name),
    value: environment[name] ?? null,
    owner: foreignOwnerOf(daemonSet),
  }));
  const families =
    details.families.length > 0 ? details.families : ([isIpv6 ? 'ipv6' : 'ipv4'] as const);
  return { ...details, routing: 'cloud', families: [...families], mtuFields };
}

/**
 * OVN-Kubernetes does Services itself and tunnels with Geneve; its MTU is changed by a migration of
 * the Cluster Network Operator. One read. Source: domain.md 1.5, 5.2.
 */
export async function ovnDetails(sources: CniSources): Promise<CniDetails> {
  const details = common(sources, 'ovnkube-controller', 'OVN-Kubernetes');
  const ref = { apiVersion: 'operator.openshift.io/v1', kind: 'Network', name: 'cluster' };
  const network = await sources.look.at(ref);
  const ovn = ['spec', 'defaultNetwork', 'ovnKubernetesConfig'];
  const mtu = valueAt(network ?? undefined, [...ovn, 'mtu']);
  const where =
    textAt(network ?? undefined, ['metadata', 'name']) === null ? 'its default' : 'Network cluster';
  const owner = network === null ? null : foreignOwnerOf(network);
  return {
    ...details,
    routing: 'tunnel',
    encapsulations: [{ kind: 'geneve', when: 'always', underlay: 'ipv4', where }],
    kubeProxyReplacement: { configured: 'on', where: 'OVN-Kubernetes always does' },
    mtuFields:
      network === null
        ? []
        : [
            {
              name: ovn.concat('mtu').join('.'),
              object: ref,
              path: [...ovn, 'mtu'],
              value: typeof mtu === 'number' ? mtu : null,
              owner,
            },
          ],
  };
}

/** Known by name at most: nothing of its configuration is read. */
export function unknownDetails(sources: CniSources, title: string | null): CniDetails {
  return common(sources, '', title ?? 'an unknown CNI');
}

import { objectText, valueAt, type Json, type ObjectRef } from '@fairlead/core';
import { foreignOwnerOf } from '../foreign-owner.js';
import { listAt, textAt } from '../json-reading.js';
import { agentsOf, versionOf } from './agents.js';
import { noDetails, type CniDetails, type CniSources } from './details.js';
import { familiesOf } from './families.js';
import type { Encapsulation, IpFamily, SeenCni, SeenField } from './seen-cni.js';

const netConf = 'net-conf.json';

/** flannel's backend, by the word in its configuration. Source: domain.md 5.1, 5.2. */
const backends: Readonly<Record<string, Encapsulation['kind'] | null>> = {
  vxlan: 'vxlan',
  wireguard: 'wireguard',
  ipsec: 'ipsec',
  udp: 'udp',
  'host-gw': null,
};

/**
 * flannel as a DaemonSet with its ConfigMap (one read), or inside another process as with k3s, where
 * the nodes' annotations alone tell the backend.
 */
export async function flannelDetails(sources: CniSources): Promise<CniDetails> {
  const { daemonSet, look } = sources;
  if (daemonSet === null) return embeddedFlannel(sources);
  const agents = agentsOf(daemonSet, 'kube-flannel');
  const known = {
    ...noDetails,
    title:
      daemonSet.metadata.name === 'canal' ? 'flannel, with Calico for policy (canal)' : 'flannel',
    agents,
    version: versionOf(agents.image),
    families: familiesOf(sources.networks.flatMap(({ podCidrs }) => podCidrs)),
  };
  const ref = configMapOf(sources);
  const configMap = ref === null ? null : await look.at(ref);
  const text = textAt(configMap ?? undefined, ['data', netConf]);
  if (ref === null || configMap === null || text === null) return known;
  const config = parsed(text);
  const type = textAt(config, ['Backend', 'Type']) ?? 'udp';
  const pods = [textAt(config, ['Network']), textAt(config, ['IPv6Network'])];
  const families =
    known.families.length > 0 ? known.families : familiesOf(pods.map((p) => p ?? ''));
  const direct = valueAt(config, ['Backend', 'DirectRouting']) === true;
  const where = `${objectText(ref)} Backend.Type`;
  return {
    ...known,
    families,
    routing: routingOf(type, direct),
    encapsulations: encapsulationsOf(type, direct, families, where),
    // host-gw has no MTU of its own: pods get the uplink's.
    mtuFields: type === 'host-gw' ? [] : [mtuField(ref, config, foreignOwnerOf(configMap))],
  };
}

function embeddedFlannel({ nodes, networks }: CniSources): CniDetails {
  const types = nodes.flatMap(
    ({ annotations }) => annotations['flannel.alpha.coreos.com/backend-type'] ?? [],
  );
  const [type = 'unknown', ...others] = [...new Set(types)];
  const families = familiesOf(networks.flatMap(({ podCidrs }) => podCidrs));
  const isOne = others.length === 0;
  return {
    ...noDetails,
    title: 'flannel inside the process of each node',
    families,
    routing: isOne ? routingOf(type, false) : 'unknown',
    encapsulations: isOne
      ? encapsulationsOf(type, false, families, 'annotation flannel.alpha.coreos.com/backend-type')
      : [],
  };
}

function configMapOf({ daemonSet }: CniSources): ObjectRef | null {
  const volumes = listAt(daemonSet ?? undefined, ['spec', 'template', 'spec', 'volumes']);
  const names = volumes.flatMap((volume) => textAt(volume, ['configMap', 'name']) ?? []);
  const name = names.find((candidate) => /flannel|canal/.test(candidate)) ?? names[0];
  const namespace = textAt(daemonSet ?? undefined, ['metadata', 'namespace']);
  if (name === undefined || namespace === null) return null;
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
}

function routingOf(type: string, direct: boolean): SeenCni['routing'] {
  // annotations call host-gw `host-gw` and a tunnel by its protocol
  if (type === 'host-gw') return 'host-gw';
  if (!Object.hasOwn(backends, type)) return 'unknown';
  return direct ? 'mixed' : 'tunnel';
}

function encapsulationsOf(
  type: string,
  direct: boolean,
  families: readonly IpFamily[],
  where: string,
): Encapsulation[] {
  const kind = Object.hasOwn(backends, type) ? backends[type] : undefined;
  if (kind === null) return [];
  // One tunnel per family of pods, over nodes' addresses of the same family.
  const underlays: readonly IpFamily[] = families.length > 0 ? families : ['ipv4'];
  return underlays.map((underlay) => ({
    kind: kind ?? 'unknown',
    when: direct && kind === 'vxlan' ? 'cross-subnet' : 'always',
    underlay,
    where,
  }));
}

function mtuField(object: ObjectRef, config: Json, owner: SeenField['owner']): SeenField {
  const value = valueAt(config, ['Backend', 'MTU']);
  return {
    name: 'Backend.MTU',
    object,
    document: { path: ['data', netConf], format: 'json' },
    path: ['Backend', 'MTU'],
    value: value === undefined ? null : value,
    owner,
  };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {};
  }
}

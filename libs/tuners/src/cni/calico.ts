import { objectText, type ObjectRef, type SeenObject } from '@fairlead/core';
import { byText } from '../by-text.js';
import { foreignOwnerOf } from '../foreign-owner.js';
import { listAt, textAt, textsAt } from '../json-reading.js';
import { agentsOf, environmentOf, versionOf } from './agents.js';
import { calicoMtuFields } from './calico-mtu.js';
import { encapsulationOf, felixOf, poolOf, type FelixObject } from './calico-objects.js';
import { noDetails, type CniDetails, type CniSources } from './details.js';
import { familiesOf } from './families.js';
import type { Look } from './look.js';
import type { SeenCalico, SeenInstallation, SeenPool } from './seen-calico.js';
import type { Encapsulation, SeenCni } from './seen-cni.js';

/** The public group, which validates; and the storage of an installation without Calico's API server. */
export const calicoApi = 'projectcalico.org/v3';
export const calicoStorage = 'crd.projectcalico.org/v1';

const installationRef: ObjectRef = {
  apiVersion: 'operator.tigera.io/v1',
  kind: 'Installation',
  name: 'default',
};

/**
 * Calico by its operator's Installation, or by a manifest's ConfigMap and environment. Reads: the
 * Installation, calico-config where there is none, one FelixConfiguration, one list of IPPools,
 * kubernetes-services-endpoint. Sources: domain.md 5.2, 6.1.
 */
export async function calicoDetails({
  look,
  daemonSet,
  networks,
}: CniSources): Promise<CniDetails> {
  const agents = daemonSet === null ? null : agentsOf(daemonSet, 'calico-node');
  const installationObject = await look.at(installationRef);
  const installation = installationObject === null ? null : installationOf(installationObject);
  const namespace = agents?.object.namespace ?? 'kube-system';
  const configMap =
    installation === null ? await look.at(inNamespace(namespace, 'calico-config')) : null;

  const { felix, isApiServed } = await felixIn(look);
  const pools = await poolsIn(look, isApiServed ? calicoApi : calicoStorage);
  const endpoints = installation === null ? namespace : 'tigera-operator';
  const calico: SeenCalico = {
    installation,
    pools,
    isApiServed,
    felix: felix?.seen ?? null,
    felixEnvironment: felixEnvironment(daemonSet),
    backend: textAt(configMap ?? undefined, ['data', 'calico_backend']),
    apiEndpoint: endpointOf(await look.at(inNamespace(endpoints, 'kubernetes-services-endpoint'))),
  };
  const used = pools.filter(({ disabled }) => !disabled);
  const encapsulations = encapsulationsOf(used, calico);
  const podCidrs = [...used.map(({ cidr }) => cidr), ...networks.flatMap((node) => node.podCidrs)];
  return {
    ...noDetails,
    title: 'Calico',
    agents,
    version: versionOf(agents?.image ?? null),
    families: familiesOf(podCidrs),
    routing: routingOf(used, calico),
    encapsulations,
    mtuFields: calicoMtuFields({
      installation: installationObject,
      configMap,
      felix: felix?.object ?? null,
    }),
    kubeProxyReplacement: replacementOf(calico),
    calico,
  };
}

function inNamespace(namespace: string, name: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
}

function installationOf(object: SeenObject): SeenInstallation {
  const network = ['spec', 'calicoNetwork'];
  const text = (member: string) => textAt(object, [...network, member]);
  return {
    object: installationRef,
    owner: foreignOwnerOf(object),
    linuxDataplane: text('linuxDataplane'),
    bgp: text('bgp'),
    cniType: textAt(object, ['spec', 'cni', 'type']),
    bpfNetworkBootstrap: text('bpfNetworkBootstrap'),
    kubeProxyManagement: text('kubeProxyManagement'),
    pools: listAt(object, [...network, 'ipPools']).map((pool, at) => ({
      at,
      name: textAt(pool, ['name']),
      cidr: textAt(pool, ['cidr']) ?? '',
      encapsulation: textAt(pool, ['encapsulation']),
    })),
  };
}

/** The public group first: that it answers is what tells that it is served. */
async function felixIn(look: Look): Promise<{ felix: FelixObject | null; isApiServed: boolean }> {
  for (const apiVersion of [calicoApi, calicoStorage]) {
    const object = await look.at({ apiVersion, kind: 'FelixConfiguration', name: 'default' });
    if (object !== null) return { felix: felixOf(object), isApiServed: apiVersion === calicoApi };
  }
  return { felix: null, isApiServed: false };
}

async function poolsIn(look: Look, apiVersion: string): Promise<SeenPool[]> {
  const pools = await look.all({ apiVersion, kind: 'IPPool' });
  return pools.map(poolOf).toSorted((a, b) => byText(a.object.name, b.object.name));
}

function felixEnvironment(daemonSet: SeenObject | null): Record<string, string> {
  if (daemonSet === null) return {};
  const environment = environmentOf(daemonSet, 'calico-node');
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) =>
      /^FELIX_(BPFENABLED|VXLANENABLED|IPINIPENABLED|WIREGUARDENABLED|NFTABLESMODE|\w*MTU\w*)$/.test(
        name,
      ),
    ),
  );
}

function endpointOf(configMap: SeenObject | null): SeenCalico['apiEndpoint'] {
  if (configMap === null) return null;
  const { namespace = '' } = configMap.metadata as { namespace?: string };
  const data = textsAt(configMap, ['data']);
  return {
    object: inNamespace(namespace, configMap.metadata.name),
    host: data['KUBERNETES_SERVICE_HOST'] ?? '',
    port: data['KUBERNETES_SERVICE_PORT'] ?? '',
  };
}

function encapsulationsOf(pools: readonly SeenPool[], calico: SeenCalico): Encapsulation[] {
  const found = pools.flatMap(encapsulationOf);
  const { felix } = calico;
  if (felix?.wireguardEnabled === true) {
    const where = `${objectText(felix.object)} spec.wireguardEnabled`;
    found.push({ kind: 'wireguard', when: 'always', underlay: 'ipv4', where });
  }
  return found;
}

function routingOf(pools: readonly SeenPool[], calico: SeenCalico): SeenCni['routing'] {
  const cniType = calico.installation?.cniType ?? 'Calico';
  // For policy alone: another plugin decides how pods reach one another.
  if (cniType !== 'Calico')
    return cniType === 'AmazonVPC' || cniType === 'AzureVNET' || cniType === 'GKE'
      ? 'cloud'
      : 'unknown';
  if (pools.length === 0) return 'unknown';
  const modes = new Set(pools.map((pool) => encapsulationOf(pool)[0]?.when ?? 'never'));
  if (modes.size === 1 && modes.has('always')) return 'tunnel';
  if (modes.size === 1 && modes.has('never')) {
    return calico.installation?.bgp === 'Disabled' || calico.backend === 'vxlan'
      ? 'unknown'
      : 'bgp';
  }
  return 'mixed';
}

function replacementOf(calico: SeenCalico): SeenCni['kubeProxyReplacement'] {
  const { installation, felix, felixEnvironment: environment } = calico;
  if (installation !== null) {
    const isOn = installation.linuxDataplane === 'BPF';
    const where = `${objectText(installation.object)} spec.calicoNetwork.linuxDataplane`;
    return { configured: isOn ? 'on' : 'off', where };
  }
  const overruled = environment['FELIX_BPFENABLED'];
  if (overruled !== undefined) {
    const isOn = /^(true|1|yes)$/i.test(overruled);
    return { configured: isOn ? 'on' : 'off', where: 'FELIX_BPFENABLED of calico-node' };
  }
  if (felix === null) return null;
  const where = `${objectText(felix.object)} spec.bpfEnabled`;
  return { configured: felix.bpfEnabled === true ? 'on' : 'off', where };
}

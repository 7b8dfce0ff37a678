import { objectText, refOf, valueAt, type ObjectRef, type SeenObject } from '@fairlead/core';
import { byText } from '../by-text.js';
import { foreignOwnerOf } from '../foreign-owner.js';
import { textsAt } from '../json-reading.js';
import { isAtLeast } from '../version.js';
import { agentsOf, environmentOf, versionOf } from './agents.js';
import { noDetails, type CniDetails, type CniSources } from './details.js';
import { familiesOf } from './families.js';
import { ciliumKeys, type SeenCilium } from './seen-cilium.js';
import type { Encapsulation, IpFamily, SeenCni, SeenField } from './seen-cni.js';

type Values = Readonly<Record<string, string>>;

/**
 * Cilium by its ConfigMap (one read) and its overrides per node (one list). Source: domain.md 6.2.
 * What the agents made of it, `cilium-dbg status` inside their pods tells alone; we start no program there.
 */
export async function ciliumDetails({
  look,
  daemonSet,
  networks,
}: CniSources): Promise<CniDetails> {
  if (daemonSet === null) return { ...noDetails, title: 'Cilium' };
  const agents = agentsOf(daemonSet, 'cilium-agent');
  const namespace = agents.object.namespace ?? 'kube-system';
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'cilium-config' };
  const configMap = await look.at(ref);
  const values = chosen(textsAt(configMap ?? undefined, ['data']));
  const pools = [values['cluster-pool-ipv4-cidr'], values['cluster-pool-ipv6-cidr']];
  const known = familiesOf(networks.flatMap(({ podCidrs }) => podCidrs));
  const families = enabledFamilies(values) ?? (known.length > 0 ? known : familiesOf(texts(pools)));
  const cilium = {
    config:
      configMap === null
        ? null
        : {
            object: ref,
            owner: foreignOwnerOf(configMap),
            immutable: valueAt(configMap, ['immutable']) === true,
            values,
          },
    nodeConfigs: await nodeConfigsOf(look, namespace, versionOf(agents.image)),
    apiServer: apiServerOf(daemonSet, agents.object, values, ref),
  };
  return {
    ...noDetails,
    title: 'Cilium',
    agents,
    version: versionOf(agents.image),
    families,
    cilium,
    ...(configMap !== null && datapathOf(values, families, ref, cilium.config?.owner ?? null)),
  };
}

function datapathOf(
  values: Values,
  families: readonly IpFamily[],
  ref: ObjectRef,
  owner: SeenField['owner'],
): Pick<CniDetails, 'routing' | 'encapsulations' | 'mtuFields' | 'kubeProxyReplacement'> {
  const where = objectText(ref);
  const underlay: IpFamily =
    values['underlay-protocol'] === 'ipv6' || !families.includes('ipv4') ? 'ipv6' : 'ipv4';
  const tunnel = tunnelOf(values);
  const encapsulations: Encapsulation[] = [];
  const add = (kind: Encapsulation['kind'], key: string) =>
    encapsulations.push({ kind, when: 'always', underlay, where: `${where} ${key}` });
  if (tunnel !== 'disabled') {
    const isKnown = tunnel === 'vxlan' || tunnel === 'geneve';
    add(isKnown ? tunnel : 'unknown', 'routing-mode, tunnel-protocol');
  }
  if (values['enable-wireguard'] === 'true') add('wireguard', 'enable-wireguard');
  if (values['enable-ipsec'] === 'true') add('ipsec', 'enable-ipsec');
  return {
    routing: routingOf(values, tunnel),
    encapsulations,
    mtuFields: [
      { name: 'mtu', object: ref, path: ['data', 'mtu'], value: values['mtu'] ?? null, owner },
    ],
    kubeProxyReplacement: {
      configured: replacementOf(values['kube-proxy-replacement']),
      where: `${where} kube-proxy-replacement`,
    },
  };
}

/** The protocol, or `disabled`: two keys since 1.14, `tunnel` alone before. The default is vxlan. */
export function tunnelOf(values: Values): string {
  if (values['routing-mode'] === 'native') return 'disabled';
  if (values['routing-mode'] === undefined && values['tunnel'] !== undefined)
    return values['tunnel'];
  return values['tunnel-protocol'] ?? 'vxlan';
}

function routingOf(values: Values, tunnel: string): SeenCni['routing'] {
  if (tunnel !== 'disabled') return 'tunnel';
  const isCloud = ['eni', 'azure', 'alibabacloud', 'delegated-plugin'].includes(
    values['ipam'] ?? '',
  );
  return isCloud ? 'cloud' : 'native';
}

/** `true` and `false` since 1.14; `strict`, `partial`, `probe`, `disabled` before. */
export function replacementOf(value: string | undefined): 'on' | 'off' | 'partly' {
  if (value === 'true' || value === 'strict') return 'on';
  return value === 'partial' || value === 'probe' ? 'partly' : 'off';
}

async function nodeConfigsOf(
  look: CniSources['look'],
  namespace: string,
  version: string | null,
): Promise<SeenCilium['nodeConfigs']> {
  // v2 since 1.16, when the kind left alpha.
  const isAlpha = version !== null && !isAtLeast(version, '1.16');
  const apiVersion = isAlpha ? 'cilium.io/v2alpha1' : 'cilium.io/v2';
  const kind = { apiVersion, kind: 'CiliumNodeConfig', namespace };
  const found = await look.all(kind);
  return found
    .map((object) => ({
      object: refOf(object),
      defaults: chosen(textsAt(object, ['spec', 'defaults'])),
    }))
    .toSorted((a, b) => byText(a.object.name, b.object.name));
}

/** `k8sServiceHost` and `k8sServicePort` of the chart end up as the agents' environment, or in the ConfigMap. */
function apiServerOf(
  daemonSet: SeenObject,
  agents: ObjectRef,
  values: Values,
  config: ObjectRef,
): SeenCilium['apiServer'] {
  const environment = environmentOf(daemonSet, 'cilium-agent');
  const host = environment['KUBERNETES_SERVICE_HOST'];
  if (host !== undefined && host !== '') {
    const port = environment['KUBERNETES_SERVICE_PORT'] ?? '443';
    return { host, port, where: `${objectText(agents)} KUBERNETES_SERVICE_HOST` };
  }
  for (const key of ['k8s-api-server', 'k8s-api-server-urls']) {
    const first = /^(?:https?:\/\/)?(\[[^\]]+\]|[^:/\s]+)(?::(\d+))?/.exec(values[key] ?? '');
    if (first?.[1] === undefined) continue;
    return { host: first[1], port: first[2] ?? '443', where: `${objectText(config)} ${key}` };
  }
  return null;
}

function enabledFamilies(values: Values): IpFamily[] | null {
  const [ipv4, ipv6] = [values['enable-ipv4'], values['enable-ipv6']];
  if (ipv4 === undefined && ipv6 === undefined) return null;
  return [
    ...(ipv4 === 'false' ? [] : (['ipv4'] as const)),
    ...(ipv6 === 'true' ? (['ipv6'] as const) : []),
  ];
}

function chosen(values: Values): Record<string, string> {
  return Object.fromEntries(
    ciliumKeys.flatMap((key) => {
      const value = values[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

function texts(values: readonly (string | undefined)[]): string[] {
  return values.filter((value) => value !== undefined);
}

import { tunnelOf } from '../cni/cilium.js';
import type { SeenCilium } from '../cni/seen-cilium.js';
import { familyOf } from '../cni/families.js';
import { listed } from '../by-text.js';
import { holds } from './cidr.js';
import type { CiliumChange } from './cilium.js';
import type { Drafting } from './drafting.js';
import type { CiliumSettings } from './settings.js';

type Config = NonNullable<SeenCilium['config']>;

const cidrKey = 'ipv4-native-routing-cidr';
const routesKey = 'auto-direct-node-routes';

/** What becomes of the way between nodes; null when it is as asked, or nobody asked. Source: domain.md 6.2. */
export function routingChange(
  drafting: Drafting,
  asked: CiliumSettings,
  config: Config,
): CiliumChange | null {
  if (asked.routingMode === undefined) return null;
  const wanted =
    asked.routingMode === 'native' ? nativeValues(asked, config) : tunnelValues(config);
  const values = new Map(
    [...wanted].filter(([key, value]) => (config.values[key] ?? 'absent') !== value),
  );
  if (values.size === 0) return null;
  const { plan } = drafting;
  const isNative = tunnelOf(config.values) === 'disabled';
  if (asked.routingMode === 'native') tellNative(drafting, config, wanted);
  else {
    drafting.need(
      'pod-mtu-fits',
      'packets grow by the tunnel’s header, and pods that run keep the MTU that they were made with: lower it first',
    );
    drafting.need(
      'network-passes-vxlan',
      'the network has to pass UDP 8472 (VXLAN) or 6081 (Geneve) between all nodes',
    );
  }
  if (isNative !== (asked.routingMode === 'native')) {
    drafting.need(
      'connections-may-be-cut',
      'pods of different nodes do not reach one another until both nodes’ agents have restarted',
    );
    plan.touchesConnections('some-cut');
    plan.interruptsDns();
  }
  plan.evidence('https://docs.cilium.io/en/stable/network/concepts/routing/');
  return { values, patch: patchOf(asked, wanted), proxyToKeepOff: null };
}

function nativeValues(asked: CiliumSettings, config: Config): Map<string, string> {
  const cidr = asked.ipv4NativeRoutingCIDR ?? config.values[cidrKey];
  const routes = asked.autoDirectNodeRoutes ?? config.values[routesKey] === 'true';
  return new Map([
    ['routing-mode', 'native'],
    [routesKey, String(routes)],
    ...(cidr === undefined ? [] : [[cidrKey, cidr] as const]),
  ]);
}

function tunnelValues(config: Config): Map<string, string> {
  // The agent does not start with a tunnel and direct routes at once.
  const direct = config.values[routesKey] === undefined ? [] : [[routesKey, 'false'] as const];
  return new Map([['routing-mode', 'tunnel'], ...direct]);
}

function tellNative(drafting: Drafting, config: Config, wanted: ReadonlyMap<string, string>): void {
  const { plan, observed } = drafting;
  if (observed.cni.families.includes('ipv6')) {
    plan.refuse(
      'ipv6-routing-not-planned',
      'Pods have IPv6 addresses too, and their native routing is not planned here. Set it with ipv6NativeRoutingCIDR in the values of the release.',
    );
  }
  const cidr = wanted.get(cidrKey);
  const pods = podRangesOf(drafting, config);
  if (cidr === undefined) {
    plan.refuse(
      'native-cidr-missing',
      'Without ipv4NativeRoutingCIDR Cilium would translate the addresses of pods on their way to other nodes. Set it to a range that holds them all.',
    );
  } else {
    const outside = pods.filter((range) => !holds(cidr, range));
    if (pods.length === 0 || outside.length > 0) {
      plan.refuse(
        'native-cidr-too-small',
        `${cidr} does not hold ${pods.length === 0 ? 'what nobody could see: the addresses of pods' : `${listed(outside)}, where pods have their addresses`}. Set ipv4NativeRoutingCIDR to a range that does.`,
      );
    }
  }
  if (wanted.get(routesKey) === 'true') {
    drafting.need(
      'nodes-share-one-network',
      'each node sends pods’ packets straight to the other, so all of them have to be on one network without a router',
    );
  } else {
    drafting.need(
      'network-routes-pods',
      'without autoDirectNodeRoutes the routers between nodes have to know the way to every node’s pods',
    );
  }
  plan.warn(
    'mtu-stays',
    'Pods that run keep the MTU of the tunnel; only new ones may send larger packets. Nothing breaks, and nothing is gained for the old ones.',
  );
}

/** Ranges that pods' IPv4 addresses come from: Cilium's own pool, or the nodes' CIDRs. */
function podRangesOf({ observed }: Drafting, config: Config): string[] {
  const isPool = (config.values['ipam'] ?? 'cluster-pool') === 'cluster-pool';
  const pool = (config.values['cluster-pool-ipv4-cidr'] ?? '').split(/[\s,]+/);
  const ranges = isPool ? pool : observed.cni.nodes.flatMap(({ podCidrs }) => podCidrs);
  return ranges.filter((range) => range !== '' && familyOf(range) === 'ipv4').toSorted();
}

function patchOf(asked: CiliumSettings, wanted: ReadonlyMap<string, string>): string {
  if (asked.routingMode === 'tunnel') return 'routingMode: tunnel\nautoDirectNodeRoutes: false\n';
  const cidr = wanted.get(cidrKey);
  return [
    'routingMode: native',
    `autoDirectNodeRoutes: ${wanted.get(routesKey) ?? 'false'}`,
    ...(cidr === undefined ? [] : [`ipv4NativeRoutingCIDR: ${cidr}`]),
    '',
  ].join('\n');
}

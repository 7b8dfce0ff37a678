import type { PlanDraft } from '@fairlead/core';
import { byText, listed } from '../../by-text.js';
import { dnsPort, metricsPort, portsOf, setupMetricsPort } from './manifests.js';
import type { CacheNode, NodeLocalObservation } from './observation.js';
import type { NodeLocalSettings } from './settings.js';

/** Says no, with every reason, where a cache would not work or is somebody else's already. Source: domain.md 4.5. */
export function isPossible(
  plan: PlanDraft,
  settings: NodeLocalSettings,
  observed: NodeLocalObservation,
): boolean {
  const before = plan.isRefused;
  tellOthers(plan, observed);
  tellPlatform(plan, observed);
  tellDatapath(plan, observed);
  tellAutopath(plan, observed);
  tellFamily(plan, observed);
  if (settings.reach === 'all-pods') tellModes(plan, observed);
  tellNodes(plan, settings, observed);
  return before === plan.isRefused && !plan.isRefused;
}

function tellOthers(plan: PlanDraft, { others }: NodeLocalObservation): void {
  for (const { object, keeper, advice } of others.toSorted((a, b) => byText(a.object, b.object))) {
    plan.refuse(
      'cache-of-others',
      `${object} is a node-local DNS cache, or has a name of ours, and is kept by ${keeper}. ${advice} Leave it, or ask its keeper.`,
    );
  }
}

/** Caches that a provider runs on the node, where the API shows none of their pods. */
const platforms: Readonly<Record<string, string>> = {
  aks: 'AKS has LocalDNS for its node pools, and both together are not supported',
  gke: 'GKE has the add-on NodeLocal DNSCache, and Autopilot runs it always',
  gardener: 'Gardener runs it where the Shoot sets spec.systemComponents.nodeLocalDNS',
};

function tellPlatform(plan: PlanDraft, { nodes }: NodeLocalObservation): void {
  for (const [platform, why] of Object.entries(platforms)) {
    const names = nodes.filter((node) => node.platform === platform).map(({ name }) => name);
    if (names.length === 0) continue;
    plan.refuse('managed-node-cache', `${why}. Use that one: change it at the provider.`, {
      nodes: names,
    });
  }
}

function tellDatapath(plan: PlanDraft, { datapath }: NodeLocalObservation): void {
  if (datapath === null) return;
  plan.refuse(
    'datapath-bypasses-rules',
    `${datapath} rewrites Service addresses before any rule of the cache could keep them on the node. Use a local redirect policy of Cilium (CiliumLocalRedirectPolicy with localRedirectPolicies.enabled), or what the data plane documents for node-local DNS.`,
    datapath.startsWith('Cilium') ? { patch: redirectPatch } : {},
  );
}

const redirectPatch = [
  '# a node-local-dns DaemonSet without hostNetwork, with',
  '#   -skipteardown=true -setupinterface=false -setupiptables=false and bind 0.0.0.0',
  'apiVersion: cilium.io/v2',
  'kind: CiliumLocalRedirectPolicy',
  'metadata: {name: nodelocaldns, namespace: kube-system}',
  'spec:',
  '  redirectFrontend:',
  '    serviceMatcher: {serviceName: kube-dns, namespace: kube-system}',
  '  redirectBackend:',
  '    localEndpointSelector: {matchLabels: {k8s-app: node-local-dns}}',
  '    toPorts:',
  '      - {port: "53", name: dns, protocol: UDP}',
  '      - {port: "53", name: dns-tcp, protocol: TCP}',
].join('\n');

function tellAutopath(plan: PlanDraft, { autopath }: NodeLocalObservation): void {
  if (autopath) refuseAutopath(plan);
}

export function refuseAutopath(plan: PlanDraft): void {
  plan.refuse(
    'autopath-behind-cache',
    'CoreDNS has autopath, which goes by the address of the pod that asks: behind a cache every question comes from the node. Take autopath out of the Corefile first, or leave the cache out.',
  );
}

function tellFamily(plan: PlanDraft, { kubeDns }: NodeLocalObservation): void {
  if (kubeDns === null || !kubeDns.address.includes(':')) return;
  plan.refuse(
    'dns-address-family',
    `Pods ask ${kubeDns.address}, and the cache that we install answers over IPv4 alone. Leave it out here.`,
  );
}

function tellModes(plan: PlanDraft, { nodes }: NodeLocalObservation): void {
  const linux = nodes.filter(({ os, ready }) => os === 'linux' && ready);
  const ipvs = linux.filter(({ proxyMode }) => proxyMode === 'ipvs').map(({ name }) => name);
  if (ipvs.length > 0) {
    plan.refuse(
      'address-bound-by-ipvs',
      `kube-proxy in ipvs mode has every Service address on kube-ipvs0 already, so no cache can take one over on ${listed(ipvs)}. Set reach to link-local, and clusterDNS of the kubelets to the cache’s own address; or change kube-proxy’s mode first.`,
      { nodes: ipvs },
    );
  }
  const unknown = linux
    .filter(
      ({ proxyMode }) =>
        proxyMode !== 'ipvs' && proxyMode !== 'iptables' && proxyMode !== 'nftables',
    )
    .map(({ name }) => name);
  if (unknown.length > 0) {
    plan.refuse(
      'proxy-mode-unknown',
      `Which mode kube-proxy runs in on ${listed(unknown)} could not be seen, and how a cache takes over depends on it. Check that kube-proxy runs there, or set reach to link-local.`,
      { nodes: unknown },
    );
  }
}

function tellNodes(
  plan: PlanDraft,
  settings: NodeLocalSettings,
  { nodes, kubeDns }: NodeLocalObservation,
): void {
  for (const node of nodes.toSorted((a, b) => byText(a.name, b.name))) {
    if (node.os !== 'linux' || !node.ready) continue;
    tellTaken(plan, settings, node, kubeDns?.address ?? null);
    const [first] = node.nameservers ?? [];
    if (first === undefined || kubeDns === null || first === kubeDns.address) continue;
    plan.refuse(
      'pods-ask-elsewhere',
      `New pods of ${node.name} ask ${first} and not ${kubeDns.address}: something stands before CoreDNS there already (LocalDNS, a cache of the provider’s, kubelet’s clusterDNS). Leave it, or change it first.`,
      { nodes: [node.name] },
    );
  }
}

/** Sockets that the cache could not open beside. One on another address of the host does not matter. */
function tellTaken(
  plan: PlanDraft,
  settings: NodeLocalSettings,
  { name, addresses, listeners }: CacheNode,
  clusterAddress: string | null,
): void {
  if (listeners === null) {
    plan.warn(
      'ports-not-seen',
      `Nobody could look who listens on ${name}: a port of the cache may be taken.`,
      [name],
    );
    return;
  }
  const own = [settings.localAddress, ...(clusterAddress === null ? [] : [clusterAddress])];
  const wanted: Readonly<Record<number, readonly string[]>> = {
    [dnsPort]: own,
    [settings.healthPort]: [settings.localAddress],
    [metricsPort]: addresses,
    [setupMetricsPort]: addresses,
  };
  const everywhere = ['0.0.0.0', '::'];
  const taken = listeners
    .filter(({ address, port }) => [...everywhere, ...(wanted[port] ?? [])].includes(address))
    .filter(({ port }) => portsOf(settings).includes(port))
    .map(({ address, port }) => `${address.includes(':') ? `[${address}]` : address}:${port}`);
  if (taken.length === 0) return;
  const isHealth = taken.some((socket) => socket.endsWith(`:${settings.healthPort}`));
  plan.refuse(
    'port-taken',
    `Something on ${name} listens on ${listed([...new Set(taken)])}, which the cache needs. Change that program${isHealth ? ', or set healthPort to a port that is free' : ''}.`,
    { nodes: [name] },
  );
}

import { objectText, type Evidence, type Finding } from '@fairlead/core';
import { listed } from '../by-text.js';
import { runningProxies } from './kube-proxy-off.js';
import type { DatapathObservation } from './observation.js';
import { commonSubnet } from './subnets.js';

type Draft = Omit<Finding, 'tuner'>;

const ciliumSource = 'https://docs.cilium.io/en/stable/network/kubernetes/kubeproxy-free/';
const calicoPools = 'https://docs.tigera.io/calico/latest/networking/configuring/vxlan-ipip';

/** What to make of a cluster's data plane. Nothing here was measured, so nothing promises a gain. */
export function adviseDatapath(observed: DatapathObservation): readonly Finding[] {
  const findings = [
    unseen(observed),
    services(observed),
    encapsulation(observed),
    leaveAlone(observed),
    hostNetwork(observed),
  ].filter((finding) => finding !== null);
  return findings.map((finding) => ({ tuner: 'datapath', ...finding }));
}

function cniEvidence({ cni }: DatapathObservation): Evidence[] {
  const where = cni.agents === null ? 'annotations of nodes' : objectText(cni.agents.object);
  return [
    { what: 'CNI', value: [cni.title, cni.version ?? ''].join(' ').trim(), where },
    { what: 'routing', value: cni.routing, where },
    ...cni.encapsulations.map(({ kind, when, where: place }) => ({
      what: 'encapsulation',
      value: `${kind}, ${when}`,
      where: place,
    })),
  ];
}

function unseen({ cni, unseen: others }: DatapathObservation): Draft | null {
  const missing = [...cni.unseen, ...others];
  if (missing.length === 0) return null;
  return {
    code: 'datapath-not-fully-seen',
    verdict: 'unknown',
    message: `Not all of the data plane’s configuration could be seen. Grant the right to read ${listed(missing.map(({ what }) => what))} with deploy/rbac/fairlead.yaml.`,
    evidence: missing.map(({ what, why }) => ({ what, value: why, where: 'Kubernetes API' })),
    parameters: [],
    sources: [],
  };
}

/** Who handles Services: exactly one should. */
function services(observed: DatapathObservation): Draft | null {
  const { cni } = observed;
  const replacement = cni.kubeProxyReplacement;
  const running = runningProxies(observed);
  if (replacement?.configured !== 'on' || running.length === 0) return fewServices(observed);
  const proxies = listed(running.map(({ object }) => objectText(object)));
  const parameter =
    cni.name === 'cilium' ? 'cni.cilium.kubeProxyReplacement' : 'cni.calico.linuxDataplane';
  return {
    code: 'datapath-two-owners-of-services',
    verdict: 'act',
    message: `${cni.title} is configured to replace kube-proxy, and ${proxies} runs besides: both translate the same Services and know nothing of each other. Keep kube-proxy off the nodes once every agent says that it replaces it, or switch the replacement off.`,
    evidence: [
      { what: 'replacement', value: 'on', where: replacement.where },
      ...running.map(({ object, pods }) => ({
        what: 'pods of kube-proxy',
        value: String(pods),
        where: objectText(object),
      })),
    ],
    parameters: [parameter],
    ...(cni.name === 'cilium' && { recommended: { cilium: { kubeProxyReplacement: true } } }),
    sources: [ciliumSource],
  };
}

/** Below some thousand Services the data plane of Services is no cost that could be measured (domain.md 1.7). */
function fewServices({ cni, services: count }: DatapathObservation): Draft | null {
  const replacement = cni.kubeProxyReplacement;
  if (replacement?.configured !== 'off' || count === null || count >= 5000) return null;
  return {
    code: 'datapath-services-leave-alone',
    verdict: 'leave-alone',
    message: `With ${count} Services, replacing kube-proxy by ${cni.title} brings nothing that could be measured on connections that stay open, and cuts connections on the way. Leave it as it is.`,
    evidence: [
      { what: 'Services', value: String(count), where: 'Kubernetes API' },
      { what: 'replacement', value: 'off', where: replacement.where },
    ],
    parameters: [
      cni.name === 'cilium' ? 'cni.cilium.kubeProxyReplacement' : 'cni.calico.linuxDataplane',
    ],
    sources: [
      'https://github.com/kubernetes/enhancements/tree/master/keps/sig-network/3866-nftables-proxy',
    ],
  };
}

/** Wrapped between nodes that could reach one another's pods without. */
function encapsulation(observed: DatapathObservation): Draft | null {
  const { cni } = observed;
  if (cni.name !== 'calico') return null;
  const subnet = commonSubnet(observed);
  const always = cni.encapsulations.filter(
    ({ kind, when, underlay }) =>
      underlay === 'ipv4' && when === 'always' && (kind === 'vxlan' || kind === 'ipip'),
  );
  const [first] = always;
  if (subnet === null || first === undefined || observed.nodes.length < 2) return null;
  const wanted = first.kind === 'ipip' ? 'IPIPCrossSubnet' : 'VXLANCrossSubnet';
  return {
    code: 'datapath-encapsulated-in-one-subnet',
    verdict: 'consider',
    message: `All nodes are in ${subnet}, and packets between them are wrapped all the same. ${wanted} would leave that out there, where the network delivers packets with pods’ addresses (clouds often do not). Try it and measure.`,
    evidence: [
      {
        what: 'subnet of all nodes',
        value: subnet,
        where: 'annotation projectcalico.org/IPv4Address',
      },
      ...always.map(({ kind, where }) => ({
        what: 'encapsulation',
        value: `${kind}, always`,
        where,
      })),
    ],
    parameters: ['cni.calico.encapsulation'],
    recommended: { calico: { encapsulation: wanted } },
    sources: [calicoPools],
  };
}

const untouchable: Readonly<Partial<Record<DatapathObservation['cni']['name'], string>>> = {
  flannel:
    'flannel’s backend must not change while it runs, and its own tunnel is not what a cluster of this kind waits for',
  kindnet: 'kindnet routes between nodes without encapsulation',
  'aws-vpc-cni': 'pods have addresses of the VPC, and nothing is encapsulated',
  'ovn-kubernetes':
    'OVN-Kubernetes handles Services and tunnels itself, and the Cluster Network Operator keeps it',
  unknown: 'nothing is known of this CNI’s own configuration',
};

function leaveAlone(observed: DatapathObservation): Draft | null {
  const { cni } = observed;
  const why = untouchable[cni.name];
  if (why === undefined) return null;
  return {
    code: 'datapath-leave-alone',
    verdict: 'leave-alone',
    message: `The data plane is ${cni.title}: ${why}. Leave it as it is.`,
    evidence: cniEvidence(observed),
    parameters: [],
    sources:
      cni.name === 'flannel'
        ? ['https://github.com/flannel-io/flannel/blob/master/Documentation/backends.md']
        : [],
  };
}

function hostNetwork({ hostNetwork: users }: DatapathObservation): Draft | null {
  if (users === null || users.length === 0) return null;
  const pods = users.reduce((sum, user) => sum + user.pods, 0);
  return {
    code: 'datapath-host-network',
    verdict: 'leave-alone',
    message: `Of ${users.length === 1 ? 'one workload' : `${users.length} workloads`}, ${pods === 1 ? 'one pod uses' : `${pods} pods use`} the host’s network. They bypass the pod network, its encapsulation and most NetworkPolicies, but not Services; net.* sysctls of a pod are forbidden there, and names resolve by the node’s own resolver unless dnsPolicy is ClusterFirstWithHostNet. Latency alone is no reason to move more pods there.`,
    evidence: users.map((user) => ({
      what: 'pods',
      value: String(user.pods),
      where: user.workload,
    })),
    parameters: [],
    sources: ['https://kubernetes.io/docs/concepts/services-networking/network-policies/'],
  };
}

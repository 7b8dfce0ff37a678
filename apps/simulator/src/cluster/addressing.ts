import { agentEchoPort, nodeCacheName, type AgentMode, type ProbeOrder } from '@fairlead/core';
import { invalid } from '../api/api-error.js';
import { isFields, type KubeObject } from '../api/kube-object.js';
import type { ObjectStore } from '../api/object-store.js';
import { kinds, type Machinery } from '../controllers/machinery.js';
import { isReady, podAddressOf, specOf, type PodSpec } from '../controllers/workload-types.js';
import type { Reach } from '../kernel/latency.js';
import { tunnelBytes, type Way } from '../kernel/links.js';
import type { NodeKernel } from '../kernel/node-kernel.js';

export const dnsAddress = '10.96.0.10';
export const apiAddress = '10.96.0.1';

/** Names that the simulated upstream DNS knows, besides the Services of the cluster. */
const upstreamNames = new Set(['example.com', 'example.org']);

/** Addresses of one cluster, all of them imaginary: nodes 10.89, pods 10.200, Services 10.96. */
export class Addressing {
  readonly #nodeNumbers: ReadonlyMap<string, number>;
  readonly #nextPod = new Map<string, number>();
  #nextService = 256;

  constructor(nodeNames: readonly string[]) {
    this.#nodeNumbers = new Map(nodeNames.map((name, index) => [name, index]));
  }

  nodeAddress(name: string): string {
    const number = (this.#nodeNumbers.get(name) ?? 0) + 10;
    return `10.89.${number >> 8}.${number & 255}`;
  }

  podCidr(name: string): string {
    return `10.${this.#podBlock(name)}.0/24`;
  }

  podAddress(node: string): string {
    // .0 and .1 are the network and its bridge; a real IPAM reuses addresses of pods long gone as well.
    const next = this.#nextPod.get(node) ?? 2;
    this.#nextPod.set(node, next >= 254 ? 2 : next + 1);
    return `10.${this.#podBlock(node)}.${next}`;
  }

  #podBlock(name: string): string {
    const number = this.#nodeNumbers.get(name) ?? 0;
    return `${200 + (number >> 8)}.${number & 255}`;
  }

  /** Gives a Service its ClusterIP, or checks that the one it asks for is free. */
  admitService(store: ObjectStore, service: KubeObject, before: KubeObject | undefined): void {
    const spec = service.spec;
    if (spec === undefined || spec['type'] === 'ExternalName') return;
    const kept = before?.spec?.['clusterIP'];
    const asked = spec['clusterIP'] ?? kept;
    const taken = new Set(store.list(kinds.service).map((one) => one.spec?.['clusterIP']));
    if (before === undefined && asked !== undefined && asked !== 'None' && taken.has(asked)) {
      const text = JSON.stringify(asked);
      const message = `Invalid value: ${text}: failed to allocate IP ${text.replaceAll('"', '')}: provided IP is already allocated`;
      const cause = { reason: 'FieldValueInvalid', message, field: 'spec.clusterIPs' };
      throw invalid(kinds.service, service.metadata.name, [cause]);
    }
    spec['clusterIP'] = asked ?? this.#freeServiceAddress(taken);
    spec['clusterIPs'] = [spec['clusterIP']];
    spec['ipFamilies'] ??= ['IPv4'];
    spec['ipFamilyPolicy'] ??= 'SingleStack';
    service.status ??= {};
    service.status['loadBalancer'] ??= {};
  }

  #freeServiceAddress(taken: ReadonlySet<unknown>): string {
    for (;;) {
      const address = `10.96.${(this.#nextService >> 8) & 255}.${this.#nextService & 255}`;
      this.#nextService += 1;
      if (!taken.has(address)) return address;
    }
  }

  /** What a packet would meet: an echo server in a pod, a Service before one, the cluster's DNS, or nobody. */
  reach(machinery: Machinery, probe: ProbeOrder): Reach {
    const { store } = machinery.api;
    if (probe.type === 'dns-cost') return this.#nameReach(store, probe.name, true);
    const { address, port } = probe.target;
    if (probe.type === 'dns') return this.#dnsReach(store, probe.name, address);
    const service = store.list(kinds.service).find((one) => one.spec?.['clusterIP'] === address);
    if (service !== undefined) return hasEndpoint(store, service) ? echo(port) : 'refuses';
    const pod = store.list(kinds.pod).find((one) => podAddressOf(one) === address && isReady(one));
    return pod === undefined ? 'silent' : echo(port);
  }

  /** A cache on the nodes hears the addresses of its arguments, and alone knows the name that tells it. */
  #dnsReach(store: ObjectStore, name: string, address: string): Reach {
    const isCached = store.list(kinds.pod).some((pod) => isReady(pod) && cacheHears(pod, address));
    if (isCached && name === nodeCacheName) return 'answers';
    return this.#nameReach(store, name, isCached || address === dnsAddress);
  }

  /** What is between an agent and the address of another: the hosts' path, and for pods the tunnel through it. */
  way({ api, kernels, config }: Machinery, address: string, from: AgentMode): Way | null {
    const { mtuBytes, isSilent } = config.path;
    const carries = (node: string, onLink: (kernel: NodeKernel) => number | null): Way | null => {
      const kernel = kernels.get(node);
      const link = kernel === undefined ? null : onLink(kernel);
      if (kernel === undefined || link === null) return null;
      const across = Math.min(mtuBytes, kernel.node.mtuBytes);
      const inside = from === 'host' ? across : across - tunnelBytes;
      return { carriesBytes: Math.min(inside, link), isSilent };
    };
    const pod = api.store
      .list(kinds.pod)
      .find((one) => podAddressOf(one) === address && one.spec?.['hostNetwork'] !== true);
    if (pod !== undefined) {
      const node = pod.spec?.['nodeName'];
      if (typeof node !== 'string') return null;
      return carries(node, (kernel) => kernel.podMtuBytes(pod.metadata.uid));
    }
    const host = [...this.#nodeNumbers.keys()].find((name) => this.nodeAddress(name) === address);
    return host === undefined ? null : carries(host, (kernel) => kernel.node.mtuBytes);
  }

  #nameReach(store: ObjectStore, asked: string, isClusterDns: boolean): Reach {
    if (!isClusterDns) return 'silent';
    const name = asked.replace(/\.$/, '');
    if (upstreamNames.has(name)) return 'answers';
    const [service = '', namespace] = name.replace(/\.svc\.cluster\.local$/, '').split('.');
    const isService =
      name.endsWith('.svc.cluster.local') &&
      store.get(kinds.service, namespace, service) !== undefined;
    return isService ? 'answers' : 'unknown-name';
  }
}

/** Of a flag that is given twice the last counts, as Go has it. */
function cacheHears(pod: KubeObject, address: string): boolean {
  const [container] = specOf<PodSpec>(pod).containers;
  const words = [...(container?.command ?? []), ...(container?.args ?? [])];
  const at = words.lastIndexOf('-localip');
  return at !== -1 && (words[at + 1] ?? '').split(',').includes(address);
}

function echo(port: number): Reach {
  return port === agentEchoPort ? 'answers' : 'refuses';
}

/** kube-proxy rejects connections to a Service without endpoints. */
function hasEndpoint(store: ObjectStore, service: KubeObject): boolean {
  const endpoints = store.get(kinds.endpoints, service.metadata.namespace, service.metadata.name);
  const subsets = endpoints?.['subsets'];
  return Array.isArray(subsets) && subsets.some((subset) => isFields(subset));
}

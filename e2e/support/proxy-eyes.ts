import type {
  V1ConfigMap,
  V1DaemonSet,
  V1DaemonSetUpdateStrategy,
  V1Pod,
} from '@kubernetes/client-node';
import { until, type Administrator } from './administrator.js';

const namespace = 'kube-system';
const labelSelector = 'k8s-app=kube-proxy';
const daemonSet = { apiVersion: 'apps/v1', kind: 'DaemonSet', namespace, name: 'kube-proxy' };

/** What kube-proxy left in one node's kernel, as the programs of its own image say. */
export interface SeenRules {
  readonly iptablesServices: number;
  readonly nftTables: readonly string[];
  readonly virtualServers: number;
  readonly ipvsInterface: boolean;
}

/** Looks at kube-proxy past Fairlead: its objects, its pods, and the rules on each node. */
export class ProxyEyes {
  readonly #administrator: Administrator;

  constructor(administrator: Administrator) {
    this.#administrator = administrator;
  }

  /** The ConfigMap's data as it stands, byte for byte. */
  async configuration(): Promise<Record<string, string>> {
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'kube-proxy' };
    return (await this.#administrator.read<V1ConfigMap>(ref))?.data ?? {};
  }

  async daemonSet(): Promise<V1DaemonSet> {
    const found = await this.#administrator.read<V1DaemonSet>(daemonSet);
    if (found === null) throw new Error('The cluster has no kube-proxy DaemonSet.');
    return found;
  }

  /** The newest pod of each node. */
  async pods(): Promise<ReadonlyMap<string, V1Pod>> {
    const { items } = await this.#administrator.core.listNamespacedPod({
      namespace,
      labelSelector,
    });
    const living = items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
    return new Map(living.map((pod) => [pod.spec?.nodeName ?? '', pod]));
  }

  async uids(): Promise<Record<string, string>> {
    const pods = [...(await this.pods())].toSorted();
    return Object.fromEntries(pods.map(([node, { metadata }]) => [node, metadata?.uid ?? '']));
  }

  /** What kube-proxy answers on its own port, by node; null where it does not answer. */
  async modes(): Promise<Record<string, string | null>> {
    const modes: Record<string, string | null> = {};
    for (const node of await this.#administrator.nodes()) {
      const pod = `fairlead-e2e-host-${node}`;
      const command = ['wget', '-q', '-O', '-', 'http://127.0.0.1:10249/proxyMode'];
      modes[node] = await this.#administrator.run('default', pod, command).catch(() => null);
    }
    return modes;
  }

  async rules(): Promise<Record<string, SeenRules>> {
    const rules: Record<string, SeenRules> = {};
    for (const [node, pod] of await this.pods()) rules[node] = await this.#rulesOn(pod);
    return rules;
  }

  /** A node whose kernel has IPVS, built in or loaded. */
  async nodeWithIpvs(): Promise<string | undefined> {
    const script = 'test -e /proc/net/ip_vs || grep -q " ip_vs_rr_schedule" /proc/kallsyms';
    for (const [node, { metadata }] of await this.pods()) {
      const seen = this.#administrator
        .run(namespace, metadata?.name ?? '', ['sh', '-c', `${script} && echo yes || echo no`])
        .catch(() => 'no');
      if ((await seen).trim() === 'yes') return node;
    }
    return undefined;
  }

  /**
   * Keeps kube-proxy to one node, so that its configuration is that node's alone; the others keep the rules that they
   * have. Gives what puts it back on every node.
   */
  async keepTo(node: string): Promise<() => Promise<void>> {
    let selector: Record<string, string> = {};
    await this.#select((now) => {
      selector = now;
      return { ...now, 'kubernetes.io/hostname': node };
    });
    return async () => await this.#select(() => selector);
  }

  async #select(how: (now: Record<string, string>) => Record<string, string>): Promise<void> {
    await this.#administrator.change<V1DaemonSet>(daemonSet, ({ spec }) => {
      const pod = spec?.template.spec;
      if (pod !== undefined) pod.nodeSelector = how(pod.nodeSelector ?? {});
    });
    await until(async () => {
      const { metadata, status } = await this.daemonSet();
      const wanted = status?.desiredNumberScheduled ?? 0;
      return (
        status?.observedGeneration === metadata?.generation &&
        status?.updatedNumberScheduled === wanted &&
        status.numberAvailable === wanted &&
        status.numberMisscheduled === 0
      );
    }, 600);
  }

  async #rulesOn({ metadata }: V1Pod): Promise<SeenRules> {
    const inPod = async (script: string) =>
      (await this.#administrator.run(namespace, metadata?.name ?? '', ['sh', '-c', script])).trim();
    const tables = await inPod('nft list tables || true');
    return {
      iptablesServices: Number(await inPod("iptables-save | grep -c '^:KUBE-SVC' || true")),
      nftTables: tables.split('\n').filter((line) => line.endsWith(' kube-proxy')),
      virtualServers: Number(
        await inPod("grep -c '^TCP\\|^UDP' /proc/net/ip_vs 2>/dev/null || true"),
      ),
      ipvsInterface:
        (await inPod('test -d /sys/class/net/kube-ipvs0 && echo yes || true')) === 'yes',
    };
  }

  /**
   * Makes kube-proxy's next pods unable to start, as somebody's broken manifest would, and gives what mends it. Pods
   * that run are left alone: the DaemonSet waits for whoever ends them.
   */
  async breakNextPods(): Promise<() => Promise<void>> {
    let command: string[] = [];
    await this.#administrator.change<V1DaemonSet>(daemonSet, ({ spec }) => {
      const [container] = spec?.template.spec?.containers ?? [];
      if (spec === undefined || container?.command === undefined)
        throw new Error('kube-proxy has a container with a command.');
      ({ command } = container);
      container.command = [...command, '--no-such-flag=true'];
      spec.updateStrategy = { type: 'OnDelete' };
    });
    return async () =>
      await this.#administrator.change<V1DaemonSet>(daemonSet, ({ spec }) => {
        const [container] = spec?.template.spec?.containers ?? [];
        if (container !== undefined) container.command = command;
      });
  }

  /** Puts the strategy back that the DaemonSet had. */
  async setStrategy(strategy: V1DaemonSetUpdateStrategy | undefined): Promise<void> {
    await this.#administrator.change<V1DaemonSet>(daemonSet, ({ spec }) => {
      if (spec !== undefined && strategy !== undefined) spec.updateStrategy = strategy;
    });
  }
}

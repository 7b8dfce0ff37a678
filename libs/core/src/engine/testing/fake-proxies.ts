import type { AgentAnswer, AgentOrder } from '../../agent-protocol.js';
import { ObjectChanged } from '../../errors.js';
import type { ObjectRef, SeenObject } from '../../objects.js';
import type { ClusterNode } from '../../tuner.js';

interface FakePod {
  readonly uid: string;
  /** The mode that it read from the configuration at its start. */
  readonly mode: string;
  restarts: number;
  isEnding: boolean;
}

const daemonSetUid = 'kube-proxy-set';
const labels = { 'k8s-app': 'kube-proxy' };

/** kube-proxy on each node of a fake cluster: a pod that reads its mode when it starts, and rules that outlive it. */
export class FakeProxies {
  readonly #pods = new Map<string, FakePod>();
  readonly #rules = new Map<string, Set<string>>();
  readonly #configured: () => string;
  /** Pods that were ended, as `node mode`: what ran there. */
  readonly ended: string[] = [];
  /** Nodes on which what every mode left was taken away. */
  readonly cleaned: string[] = [];
  /** Nodes on which a pod in this mode never gets ready. */
  readonly breaksOn = new Map<string, string>();
  /** Nodes whose kubelet does not answer: their pods neither end nor start. */
  readonly unreachable = new Set<string>();
  /** Nodes on which what runs writes its rules anew after the next clean-up. */
  readonly writesAnew = new Set<string>();
  /** How many starts on a node leave what another mode made, although they should take it away. */
  readonly messyStarts = new Map<string, number>();
  #uids = 0;

  constructor(nodes: readonly string[], configured: () => string) {
    this.#configured = configured;
    for (const node of nodes) this.#start(node);
  }

  static daemonSet(ref: ObjectRef): SeenObject {
    const { apiVersion, kind, namespace = '', name } = ref;
    return {
      apiVersion,
      kind,
      metadata: { namespace, name, uid: daemonSetUid },
      spec: { selector: { matchLabels: labels } },
    };
  }

  /** Mode of what runs on each node, and the modes whose rules its kernel holds. */
  standing(): Record<string, string> {
    return Object.fromEntries(
      [...this.#pods].map(([node, { mode }]) => {
        const rules = [...(this.#rules.get(node) ?? [])].toSorted().join('+');
        return [node, `${mode} with ${rules}`];
      }),
    );
  }

  nodes(): readonly ClusterNode[] {
    return [...this.#pods.keys()].map((name) => ({
      name,
      ready: !this.unreachable.has(name),
      kernel: '6.1.0',
      os: 'linux',
      arch: 'amd64',
      kubeletVersion: 'v1.36.3',
      osImage: 'Linux',
      addresses: [],
      labels: {},
      annotations: {},
      podCidrs: [],
      memoryBytes: 1,
      cpus: 1,
    }));
  }

  pods(): readonly SeenObject[] {
    return [...this.#pods].map(([node, pod]) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        namespace: 'kube-system',
        name: `kube-proxy-${pod.uid}`,
        uid: pod.uid,
        ownerReferences: [{ uid: daemonSetUid }],
        ...(pod.isEnding && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      },
      spec: { nodeName: node },
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: this.#works(node) ? 'True' : 'False' }],
        containerStatuses: [
          {
            restartCount: pod.restarts,
            state: this.#works(node)
              ? { running: {} }
              : { waiting: { reason: 'CrashLoopBackOff' } },
          },
        ],
      },
    }));
  }

  end({ name }: ObjectRef, uid: string): void {
    const found = [...this.#pods].find(([, pod]) => `kube-proxy-${pod.uid}` === name);
    if (found === undefined) return;
    const [node, pod] = found;
    if (pod.uid !== uid) throw new ObjectChanged('another pod');
    this.ended.push(`${node} ${pod.mode}`);
    pod.isEnding = true;
    if (!this.unreachable.has(node)) this.#start(node);
  }

  /** A kubelet that is back ends what it was told to. */
  comeBack(node: string): void {
    this.unreachable.delete(node);
    if (this.#pods.get(node)?.isEnding === true) this.#start(node);
  }

  /** `kube-proxy --cleanup` takes away the rules of every mode. */
  cleanUp(node: string): void {
    this.cleaned.push(node);
    const mode = this.#pods.get(node)?.mode ?? '';
    this.#rules.set(node, new Set(this.writesAnew.delete(node) ? [mode] : []));
  }

  answer(node: string, order: AgentOrder): unknown {
    switch (order.do) {
      case 'read-kube-proxy': {
        const works = this.#works(node);
        return {
          mode: works ? (this.#pods.get(node)?.mode ?? null) : null,
          healthy: works ? true : null,
        };
      }
      case 'read-proxy-rules':
        return this.#read(this.#rules.get(node) ?? new Set());
      default:
        return undefined;
    }
  }

  #start(node: string): void {
    const mode = this.#configured();
    this.#pods.set(node, { uid: `pod-${(this.#uids += 1)}`, mode, restarts: 0, isEnding: false });
    if (!this.#works(node)) return;
    const rules = this.#rules.get(node) ?? new Set<string>();
    const messy = this.messyStarts.get(node) ?? 0;
    this.messyStarts.set(node, Math.max(0, messy - 1));
    const isCleared = messy === 0 && (mode === 'nftables' || rules.has('nftables'));
    this.#rules.set(node, new Set(isCleared ? [mode] : [...rules, mode]));
  }

  #works(node: string): boolean {
    const pod = this.#pods.get(node);
    return pod !== undefined && !pod.isEnding && this.breaksOn.get(node) !== pod.mode;
  }

  #read(modes: ReadonlySet<string>): AgentAnswer<'read-proxy-rules'> {
    const many = (mode: string) => (modes.has(mode) ? 3 : 0);
    const iptables = many('iptables');
    return {
      iptables: { chains: iptables, rules: iptables, services: iptables },
      nftables: {
        tables: modes.has('nftables') ? ['ip kube-proxy'] : [],
        rules: many('nftables'),
      },
      ipvs: { virtualServers: many('ipvs'), interface: modes.has('ipvs') },
      problem: null,
    };
  }
}

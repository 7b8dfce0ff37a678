import type { V1Pod } from '@kubernetes/client-node';
import { until, type Administrator } from './administrator.js';

const namespace = 'default';
const image = 'registry.k8s.io/kube-proxy:v1.36.3';

/** A pod with all rights in a node's own network, to see there what no API shows. */
export class NodeHands {
  readonly #administrator: Administrator;
  readonly #name: string;

  constructor(administrator: Administrator, node: string) {
    this.#administrator = administrator;
    this.#name = `fairlead-e2e-hands-${node}`;
  }

  async start(node: string): Promise<void> {
    await this.#administrator.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: this.#name, namespace },
      spec: {
        nodeName: node,
        hostNetwork: true,
        terminationGracePeriodSeconds: 0,
        tolerations: [{ operator: 'Exists' }],
        containers: [
          {
            name: 'c',
            image,
            imagePullPolicy: 'IfNotPresent',
            command: ['sleep', '36000'],
            securityContext: { privileged: true },
          },
        ],
      },
    } as V1Pod);
    await until(async () => {
      const ref = { apiVersion: 'v1', kind: 'Pod', namespace, name: this.#name };
      return (await this.#administrator.read<V1Pod>(ref))?.status?.phase === 'Running';
    }, 240);
  }

  async stop(): Promise<void> {
    const metadata = { name: this.#name, namespace };
    await this.#administrator.remove({ apiVersion: 'v1', kind: 'Pod', metadata });
  }

  run(...command: string[]): Promise<string> {
    return this.#administrator.run(namespace, this.#name, command);
  }

  /** Virtual servers of ip_vs, as `TCP 0A600001:01BB`. */
  async virtualServers(): Promise<string[]> {
    const table = await this.run('cat', '/proc/net/ip_vs');
    return table
      .split('\n')
      .flatMap((line) => /^(?:TCP|UDP) +[0-9A-F]{8}:[0-9A-F]{4}/.exec(line) ?? []);
  }

  async hasLink(name: string): Promise<boolean> {
    const names = (await this.run('ls', '/sys/class/net')).split(/\s+/);
    return names.includes(name);
  }

  /** Rules for Services and their endpoints that the older iptables interface shows; ipvs mode has none of these. */
  async olderRules(): Promise<string[]> {
    const saved = await this.run('/usr/sbin/xtables-legacy-multi', 'iptables-save', '-t', 'nat');
    return saved.split('\n').filter((line) => /^-A KUBE-(SVC|SEP)-/.test(line));
  }
}

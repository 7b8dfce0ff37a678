import type { V1Pod, V1Service } from '@kubernetes/client-node';
import { until, type Administrator } from './administrator.js';
import { agentImage } from './clusters.js';

const namespace = 'default';
const server = 'fairlead-e2e-server';
const port = 7007;
/** The program of the agent's image is Node, and it is on every node already. */
const node = '/node';

const serverScript = `require('node:net').createServer((s) => {
  s.on('error', () => {});
  s.on('data', (d) => s.end(d));
}).listen(${port}, '0.0.0.0', 1024);
process.on('SIGTERM', () => process.exit(0));`;

/** Connects anew every 15 ms, whatever became of the attempts before, and prints a line for each second and failure. */
const clientScript = `const net = require('node:net');
const [address] = process.argv.slice(1);
let second = { ok: 0, slowest: 0 };
const say = (line) => process.stdout.write(JSON.stringify(line) + '\\n');
setInterval(() => {
  const began = Date.now();
  const socket = net.connect({ host: address, port: ${port}, noDelay: true });
  let isDone = false;
  const done = (error) => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    socket.destroy();
    if (error) say({ at: began, failed: error });
    else {
      second.ok += 1;
      second.slowest = Math.max(second.slowest, Date.now() - began);
    }
  };
  const timer = setTimeout(() => done('timeout'), 2000);
  socket.on('connect', () => socket.write('x'));
  socket.on('data', () => done(null));
  socket.on('error', (error) => done(error.code || 'error'));
  socket.on('close', () => done('closed'));
}, 15);
setInterval(() => {
  say({ at: Date.now(), ...second });
  second = { ok: 0, slowest: 0 };
}, 1000);
process.on('SIGTERM', () => process.exit(0));`;

/** What one client saw in a span of time. */
export interface TrafficSeen {
  readonly node: string;
  readonly requests: number;
  /** Codes of requests that failed, with how often. */
  readonly failed: Readonly<Record<string, number>>;
  readonly slowestMilliseconds: number;
}

/** A Service with a pod on every node behind it, and a client pod on every node that never stops asking it. */
export class ServiceTraffic {
  readonly #administrator: Administrator;
  #nodes: readonly string[] = [];

  constructor(administrator: Administrator) {
    this.#administrator = administrator;
  }

  async start(): Promise<void> {
    await this.stop();
    const { core } = this.#administrator;
    this.#nodes = await this.#administrator.nodes();
    const service: V1Service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: server, namespace },
      spec: { selector: { app: server }, ports: [{ port, targetPort: port }] },
    };
    await this.#administrator.apply(service);
    const { spec } = await core.readNamespacedService({ namespace, name: server });
    const address = spec?.clusterIP ?? '';
    for (const [at, nodeName] of this.#nodes.entries()) {
      await this.#administrator.apply(pod(`${server}-${at}`, nodeName, [serverScript], server));
    }
    await this.#untilRunning((at) => `${server}-${at}`);
    for (const [at, nodeName] of this.#nodes.entries()) {
      await this.#administrator.apply(pod(clientName(at), nodeName, [clientScript, address]));
    }
    await this.#untilRunning(clientName);
    await until(async () =>
      (await this.seen(Date.now() - 3000)).every(({ requests }) => requests > 50),
    );
  }

  /** What each client saw since then: milliseconds of this machine's clock, which all of a lab share. */
  async seen(since: number, until = Number.POSITIVE_INFINITY): Promise<readonly TrafficSeen[]> {
    const { core } = this.#administrator;
    return await Promise.all(
      this.#nodes.map(async (node, at): Promise<TrafficSeen> => {
        const text = await core.readNamespacedPodLog({ namespace, name: clientName(at) });
        const lines = text
          .split('\n')
          .filter((line) => line.startsWith('{') && line.endsWith('}'))
          .map((line) => JSON.parse(line) as ClientLine)
          .filter((line) => line.at >= since && line.at <= until);
        const failed: Record<string, number> = {};
        for (const line of lines) {
          if (line.failed !== undefined) failed[line.failed] = (failed[line.failed] ?? 0) + 1;
        }
        const failures = Object.values(failed).reduce((sum, count) => sum + count, 0);
        return {
          node,
          requests: failures + lines.reduce((sum, { ok = 0 }) => sum + ok, 0),
          failed,
          slowestMilliseconds: Math.max(0, ...lines.map(({ slowest = 0 }) => slowest)),
        };
      }),
    );
  }

  async stop(): Promise<void> {
    const nodes = await this.#administrator.nodes();
    const names = nodes.flatMap((_, at) => [clientName(at), `${server}-${at}`]);
    for (const name of names) {
      await this.#administrator.remove({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace },
      });
    }
    await this.#administrator.remove({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: server, namespace },
    });
    for (const name of names) {
      const ref = { apiVersion: 'v1', kind: 'Pod', namespace, name };
      await until(async () => (await this.#administrator.read(ref)) === null);
    }
  }

  async #untilRunning(nameOf: (at: number) => string): Promise<void> {
    for (const at of this.#nodes.keys()) {
      await until(async () => {
        const found = await this.#administrator.core
          .readNamespacedPod({ namespace, name: nameOf(at) })
          .catch(() => null);
        return found?.status?.phase === 'Running';
      });
    }
  }
}

interface ClientLine {
  readonly at: number;
  readonly ok?: number;
  readonly slowest?: number;
  readonly failed?: string;
}

function clientName(at: number): string {
  return `fairlead-e2e-client-${at}`;
}

function pod(name: string, nodeName: string, words: string[], app = name): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app } },
    spec: {
      nodeName,
      terminationGracePeriodSeconds: 1,
      tolerations: [{ operator: 'Exists' }],
      containers: [
        {
          name: 'c',
          image: agentImage,
          imagePullPolicy: 'IfNotPresent',
          command: [node, '-e', ...words],
        },
      ],
    },
  };
}

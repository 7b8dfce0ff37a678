import type { KubernetesObject } from '@kubernetes/client-node';

export const namespace = 'fairlead-e2e-dns';
export const agentImage = 'fairlead-agent:0.1.0';
const busybox = 'docker.io/library/busybox:1.35';

export const testNamespace: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: namespace },
};

/** A workload whose search path leads to an outside domain too, as a cloud's nodes add one to every pod. */
export function client(name: string): any {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 0,
          dnsConfig: { searches: ['region.compute.internal'] },
          containers: [container()],
        },
      },
    },
  };
}

export function pod(name: string): any {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { terminationGracePeriodSeconds: 0, containers: [container()] },
  };
}

function container(): object {
  const command = ['sleep', '36000'];
  return { name: 'c', image: busybox, imagePullPolicy: 'IfNotPresent', command };
}

/**
 * Asks the server of its own resolv.conf every 10 ms, each time from a port of its own, and prints once a
 * second how many were answered, how many were not within a second, and when.
 */
const script = `
const dgram = require('node:dgram'), fs = require('node:fs');
const server = /nameserver (\\S+)/.exec(fs.readFileSync('/etc/resolv.conf', 'utf8'))[1];
const labels = 'kubernetes.default.svc.cluster.local'.split('.');
const name = labels.map((label) => String.fromCharCode(label.length) + label).join('');
const told = { sent: 0, answered: 0, failed: [] };
let id = 0;
setInterval(() => {
  told.sent += 1;
  const header = Buffer.alloc(12);
  header.writeUInt16BE((id = (id + 1) % 65536), 0);
  header.writeUInt16BE(0x0100, 2);
  header.writeUInt16BE(1, 4);
  const query = Buffer.concat([header, Buffer.from(name), Buffer.of(0, 0, 1, 0, 1)]);
  const socket = dgram.createSocket('udp4');
  const at = Date.now();
  const end = (code) => {
    clearTimeout(timer);
    socket.removeAllListeners().on('error', () => {}).close();
    if (code === null) told.answered += 1;
    else told.failed.push([at, code]);
  };
  const timer = setTimeout(() => end('timeout'), 1000);
  socket.on('error', (error) => end(error.code));
  socket.on('message', (answer) => end((answer[3] & 15) === 0 && answer[7] > 0 ? null : 'rcode' + (answer[3] & 15)));
  socket.connect(53, server, () => socket.send(query));
}, 10);
setInterval(() => console.log(JSON.stringify({ ...told, failed: told.failed.slice(-500) })), 1000);
process.on('SIGTERM', () => process.exit(0));
`;

export function asker(node: string): any {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `asker-${node}`, namespace },
    spec: {
      nodeName: node,
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'c',
          image: agentImage,
          imagePullPolicy: 'IfNotPresent',
          command: ['/node', '-e', script],
        },
      ],
    },
  };
}

/**
 * Stands in for a part that the lab's node-cache lacks. The real one, once it answers, keeps packets to its
 * addresses out of connection tracking, so that kube-proxy's rules do not send them on; and stops when it goes.
 * Source: kubernetes/dns cmd/node-cache/app/cache_app.go (initIptables, runPeriodic, TeardownNetworking).
 */
export function trackingSkipper(address: string, proxyImage: string): any {
  const rules = ['tcp', 'udp'].flatMap((protocol) => [
    `PREROUTING -p ${protocol} -d ${address} --dport 53`,
    `OUTPUT -p ${protocol} -d ${address} --dport 53`,
    `OUTPUT -p ${protocol} -s ${address} --sport 53`,
  ]);
  const each = (flag: string) =>
    rules.map((rule) => `iptables -w -t raw ${flag} ${rule} -j NOTRACK`).join('; ');
  const run = `
on=no
off() { ${each('-D')}; on=no; }
trap '[ $on = yes ] && off; exit 0' TERM INT
while :; do
  if netstat -lun | grep -q '${address}:53 '; then
    [ $on = yes ] || { ${each('-I')}; on=yes; }
  else
    [ $on = no ] || off
  fi
  sleep 0.1
done`;
  const labels = { app: 'tracking-skipper' };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'tracking-skipper', namespace },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          hostNetwork: true,
          terminationGracePeriodSeconds: 10,
          tolerations: [{ operator: 'Exists' }],
          containers: [
            {
              name: 'c',
              image: proxyImage,
              imagePullPolicy: 'IfNotPresent',
              command: ['/bin/sh', '-c', run],
              securityContext: { privileged: true },
            },
          ],
        },
      },
    },
  };
}

import { canonicalJson, type JsonObject, type PathEdit } from '@fairlead/core';
import { fnv1a } from '../../fnv1a.js';
import { ownLabel } from '../../key-writers.js';
import { cacheCorefile } from './corefile.js';
import type { NodeLocalSettings } from './settings.js';

export const hashAnnotation = 'fairlead.dev/content-hash';
/** Raised when the manifests change around what they are made from, so that what stands is told apart. */
const manifestShape = 1;

const name = 'node-local-dns';
const namespace = 'kube-system';
const upstreamName = 'kube-dns-upstream';

/** As the manifests of kubernetes/dns name them, so that whoever looks for a cache finds it. */
export const cacheNames = [
  { apiVersion: 'v1', kind: 'ServiceAccount', name },
  { apiVersion: 'v1', kind: 'Service', name: upstreamName },
  { apiVersion: 'v1', kind: 'ConfigMap', name },
  { apiVersion: 'apps/v1', kind: 'DaemonSet', name },
] as const;

const containerPath = ['spec', 'template', 'spec', 'containers', '0'];
/** Where the arguments stand that make the cache take over: absent as long as it only listens. */
export const takeOverPath = [...containerPath, 'args'];

export const metricsPort = 9253;
export const setupMetricsPort = 9353;
export const dnsPort = 53;

export function portsOf({ healthPort }: Pick<NodeLocalSettings, 'healthPort'>): number[] {
  return [dnsPort, healthPort, metricsPort, setupMetricsPort];
}

export interface CacheRequest {
  readonly settings: NodeLocalSettings;
  readonly clusterDomain: string;
  readonly kubeDns: {
    readonly address: string;
    readonly selector: Readonly<Record<string, string>>;
  };
}

export function cacheHash({ settings, clusterDomain, kubeDns }: CacheRequest): string {
  const { reach: _reach, ...content } = settings;
  return fnv1a(canonicalJson({ manifestShape, content, clusterDomain, kubeDns }));
}

/** The objects in the order in which they are made. The DaemonSet only listens on its own address. */
export function cacheManifests(request: CacheRequest): readonly JsonObject[] {
  const { settings, clusterDomain, kubeDns } = request;
  const corefile = (...addresses: string[]) =>
    cacheCorefile({ settings, clusterDomain, addresses });
  const metadata = (own: string) => ({ name: own, namespace, labels: { ...ownLabel } });
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: metadata(name),
      automountServiceAccountToken: false,
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata(upstreamName),
      spec: {
        selector: kubeDns.selector,
        ports: [
          { name: 'dns', port: dnsPort, protocol: 'UDP', targetPort: dnsPort },
          { name: 'dns-tcp', port: dnsPort, protocol: 'TCP', targetPort: dnsPort },
        ],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadata(name),
      data: {
        'Corefile.listening': corefile(settings.localAddress),
        'Corefile.all-pods': corefile(settings.localAddress, kubeDns.address),
      },
    },
    daemonSet(request),
  ];
}

/**
 * What makes a cache that listens take over. The last of a flag given twice counts, so the arguments after the
 * command overrule it. When it is asked to stop, node-cache takes its addresses away before the rules that
 * lead packets to them, which would lose the lookups of that moment: the rule for UDP goes first, and lookups
 * to CoreDNS. Where that fails the kubelet stops the cache all the same.
 */
export function takeOverEdits({ settings, kubeDns }: CacheRequest): PathEdit[] {
  const { address } = kubeDns;
  const rule = [
    'PREROUTING',
    '-p',
    'udp',
    '-d',
    address,
    '--dport',
    String(dnsPort),
    '-j',
    'NOTRACK',
  ];
  const command = ['iptables', '-w', '-t', 'raw', '-D', ...rule];
  return [
    {
      path: takeOverPath,
      after: [
        '-localip',
        `${settings.localAddress},${address}`,
        '-basecorefile',
        '/etc/coredns/Corefile.all-pods',
      ],
    },
    { path: [...containerPath, 'lifecycle'], after: { preStop: { exec: { command } } } },
  ];
}

/**
 * node-cache on every Linux node. It has no memory limit: killed for want of memory it leaves rules behind that
 * send pods nowhere. It writes those rules once it answers, which the file with its process number tells, and
 * takes them away when it is asked to stop. Source: domain.md 4.5; kubernetes/dns cmd/node-cache.
 */
function daemonSet(request: CacheRequest): JsonObject {
  const { settings } = request;
  const labels = { 'k8s-app': name };
  const check = { host: settings.localAddress, path: '/health', port: settings.healthPort };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      name,
      namespace,
      labels: { ...ownLabel, ...labels },
      annotations: { [hashAnnotation]: cacheHash(request) },
    },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } },
      template: {
        metadata: {
          labels: { ...ownLabel, ...labels },
          annotations: {
            'prometheus.io/port': String(metricsPort),
            'prometheus.io/scrape': 'true',
          },
        },
        spec: {
          priorityClassName: 'system-node-critical',
          serviceAccountName: name,
          automountServiceAccountToken: false,
          hostNetwork: true,
          // It must not ask itself.
          dnsPolicy: 'Default',
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          tolerations: [
            { key: 'CriticalAddonsOnly', operator: 'Exists' },
            { effect: 'NoExecute', operator: 'Exists' },
            { effect: 'NoSchedule', operator: 'Exists' },
          ],
          containers: [
            {
              name: 'node-cache',
              image: settings.image,
              imagePullPolicy: 'IfNotPresent',
              command: commandOf(settings),
              env: [
                { name: 'NODE_ADDRESS', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
              ],
              resources: { requests: { cpu: '25m', memory: '5Mi' } },
              securityContext: { capabilities: { add: ['NET_ADMIN'] } },
              readinessProbe: { httpGet: check, periodSeconds: 5 },
              livenessProbe: { httpGet: check, initialDelaySeconds: 60, timeoutSeconds: 5 },
              volumeMounts: [
                { name: 'xtables-lock', mountPath: '/run/xtables.lock' },
                { name: 'config-volume', mountPath: '/etc/coredns' },
                { name: 'kube-dns-config', mountPath: '/etc/kube-dns' },
              ],
            },
          ],
          volumes: [
            { name: 'xtables-lock', hostPath: { path: '/run/xtables.lock', type: 'FileOrCreate' } },
            { name: 'config-volume', configMap: { name } },
            // Where GKE and others keep stub domains; node-cache reads them too.
            { name: 'kube-dns-config', configMap: { name: 'kube-dns', optional: true } },
          ],
        },
      },
    },
  };
}

function commandOf({ localAddress, healthPort }: NodeLocalSettings): string[] {
  return [
    '/node-cache',
    '-localip',
    localAddress,
    '-basecorefile',
    '/etc/coredns/Corefile.listening',
    '-conf',
    '/etc/Corefile',
    '-upstreamsvc',
    upstreamName,
    '-pidfile',
    '/tmp/node-cache.pid',
    '-health-port',
    String(healthPort),
    '-metrics-listen-address',
    `$(NODE_ADDRESS):${setupMetricsPort}`,
  ];
}

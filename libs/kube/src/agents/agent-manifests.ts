import { agentEchoPort, type JsonObject } from '@fairlead/core';
import {
  agentJobName,
  agentLabels,
  modeOf,
  probeServiceName,
  type AgentSeat,
} from './agent-names.js';

export interface AgentSettings {
  readonly namespace: string;
  readonly image: string;
  /** The longest that an agent may live, whatever happens to its worker. */
  readonly lifeSeconds: number;
}

/** The Job of one agent. Shaped by what it must not be able to do: see the security contexts. */
export function agentJob(
  seat: AgentSeat,
  { namespace, image, lifeSeconds }: AgentSettings,
): JsonObject {
  const labels = agentLabels(seat);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: agentJobName(seat), namespace, labels },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: lifeSeconds,
      ttlSecondsAfterFinished: 60,
      template: {
        metadata: { labels },
        spec: {
          // Past the scheduler: the node is the point, also when it is cordoned or full.
          nodeName: seat.node,
          tolerations: [{ operator: 'Exists' }],
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: 3,
          serviceAccountName: 'fairlead-agent',
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          ...podSecurity(seat),
          containers: [
            {
              name: 'agent',
              image,
              imagePullPolicy: 'IfNotPresent',
              args: ['session', '--mode', modeOf(seat.kind)],
              env: environment(seat),
              // The end of the worker's attach closes standard input, and that ends the agent.
              stdin: true,
              stdinOnce: true,
              tty: false,
              resources: {
                requests: { cpu: '10m', memory: '64Mi' },
                limits: { memory: memoryLimit(seat) },
              },
              ...containerSecurity(seat),
            },
          ],
        },
      },
    },
  };
}

/** A ClusterIP whose only endpoint is this agent. */
export function probeService(seat: AgentSeat, namespace: string): JsonObject {
  const labels = agentLabels(seat);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: probeServiceName(seat), namespace, labels },
    spec: {
      type: 'ClusterIP',
      selector: labels,
      ports: [
        { name: 'echo-tcp', protocol: 'TCP', port: agentEchoPort, targetPort: agentEchoPort },
        { name: 'echo-udp', protocol: 'UDP', port: agentEchoPort, targetPort: agentEchoPort },
      ],
    },
  };
}

function environment({ kind }: AgentSeat): JsonObject[] {
  const node = { name: 'FAIRLEAD_NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } };
  if (kind === 'pod') return [node];
  return [
    node,
    { name: 'FAIRLEAD_SYSCTL_ROOT', value: '/host/proc-sys-net' },
    ...(kind === 'pod-reader' ? [{ name: 'FAIRLEAD_READ_PODS', value: '1' }] : []),
    ...(kind === 'proxy-reader' ? [{ name: 'FAIRLEAD_READ_PROXY', value: '1' }] : []),
  ];
}

function podSecurity({ kind }: AgentSeat): JsonObject {
  const seccomp = { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } };
  if (kind === 'pod') return seccomp;
  return {
    ...seccomp,
    hostNetwork: true,
    // The cluster's DNS may be what is being changed: the host's resolver does not depend on it.
    dnsPolicy: 'Default',
    ...(kind === 'pod-reader' && { hostPID: true }),
    volumes: [
      { name: 'proc-sys-net', hostPath: { path: '/proc/sys/net', type: 'Directory' } },
      // Which modules the host could load. As kube-proxy mounts it, so it is there where kube-proxy runs.
      ...(kind === 'proxy-reader' ? [{ name: 'modules', hostPath: { path: '/lib/modules' } }] : []),
    ],
  };
}

/** The programs that list packet rules hold a whole table: some 40,000 rules with 10,000 Services. */
function memoryLimit({ kind }: AgentSeat): string {
  return kind === 'proxy-reader' ? '512Mi' : '128Mi';
}

/** Root without a single capability still owns /proc/sys/net: the kernel checks the file's mode alone. */
const addedCapabilities: Readonly<Record<AgentSeat['kind'], readonly string[]>> = {
  pod: [],
  host: [],
  'pod-reader': ['SYS_ADMIN', 'SYS_PTRACE'],
  // Reading packet rules and tracked connections; legacy iptables reads through a raw socket.
  'proxy-reader': ['NET_ADMIN', 'NET_RAW'],
};

function containerSecurity({ kind }: AgentSeat): JsonObject {
  if (kind === 'pod') {
    return {
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65_532,
        runAsGroup: 65_532,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    };
  }
  const add = addedCapabilities[kind];
  return {
    securityContext: {
      runAsUser: 0,
      runAsGroup: 0,
      privileged: false,
      // The API refuses `false` beside CAP_SYS_ADMIN.
      allowPrivilegeEscalation: kind === 'pod-reader',
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'], ...(add.length > 0 && { add }) },
    },
    volumeMounts: [
      // One that may rebuild the host's network by its capability must not write kernel keys as well.
      {
        name: 'proc-sys-net',
        mountPath: '/host/proc-sys-net',
        ...(kind === 'proxy-reader' && { readOnly: true }),
      },
      ...(kind === 'proxy-reader'
        ? [{ name: 'modules', mountPath: '/lib/modules', readOnly: true }]
        : []),
    ],
  };
}

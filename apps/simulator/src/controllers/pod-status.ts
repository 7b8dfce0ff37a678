import { kubeTime, type Fields, type KubeObject } from '../api/kube-object.js';
import { specOf, type Container, type PodSpec } from './workload-types.js';

export interface Addresses {
  readonly hostIP: string;
  readonly podIP: string;
}

export type ContainerState =
  | { readonly running: { readonly startedAt: string } }
  | { readonly waiting: { readonly reason: string; readonly message?: string } }
  | {
      readonly terminated: {
        readonly exitCode: number;
        readonly reason: string;
        readonly startedAt: string;
        readonly finishedAt: string;
      };
    };

/** A pod's status as the kubelet would report it. */
export function podStatus(
  pod: KubeObject,
  addresses: Addresses,
  told: {
    readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
    readonly state: ContainerState;
    readonly initialized: boolean;
    readonly restarts: number;
    readonly now: Date;
  },
): Fields {
  const { phase, state, initialized, now } = told;
  const ready = phase === 'Running' && 'running' in state;
  const hasAddress = phase !== 'Pending' || ready;
  const why =
    phase === 'Succeeded'
      ? 'PodCompleted'
      : phase === 'Failed'
        ? 'PodFailed'
        : 'ContainersNotReady';
  const spec = specOf<PodSpec>(pod);
  return {
    observedGeneration: pod.metadata.generation ?? 1,
    phase,
    conditions: [
      condition(pod, 'PodReadyToStartContainers', hasAddress, undefined, now),
      condition(
        pod,
        'Initialized',
        initialized,
        initialized ? undefined : 'ContainersNotInitialized',
        now,
      ),
      condition(pod, 'Ready', ready, ready ? undefined : why, now),
      condition(pod, 'ContainersReady', ready, ready ? undefined : why, now),
      condition(pod, 'PodScheduled', true, undefined, now),
    ],
    hostIP: addresses.hostIP,
    hostIPs: [{ ip: addresses.hostIP }],
    ...(hasAddress && { podIP: addresses.podIP, podIPs: [{ ip: addresses.podIP }] }),
    startTime: pod.status?.['startTime'] ?? kubeTime(now),
    containerStatuses: spec.containers.map((one) => containerStatus(one, state, told.restarts)),
    qosClass: 'BestEffort',
  };
}

function condition(
  pod: KubeObject,
  type: string,
  holds: boolean,
  reason: string | undefined,
  now: Date,
): Fields {
  const before = (pod.status?.['conditions'] ?? []) as {
    type?: string;
    status?: string;
    lastTransitionTime?: string;
  }[];
  const status = holds ? 'True' : 'False';
  const same = before.find((one) => one.type === type && one.status === status);
  return {
    type,
    status,
    observedGeneration: pod.metadata.generation ?? 1,
    lastProbeTime: null,
    lastTransitionTime: same?.lastTransitionTime ?? kubeTime(now),
    ...(reason !== undefined && { reason }),
  };
}

function containerStatus(
  container: Container,
  state: ContainerState,
  restartCount: number,
): Fields {
  const running = 'running' in state;
  return {
    name: container.name,
    image: container.image,
    imageID: '',
    state: state,
    lastState: {},
    ready: running,
    started: running,
    restartCount,
  };
}

import type { KubeObject } from '../api/kube-object.js';
import type { PodDns } from '../kernel/pod-resolver.js';

/** The members that the simulated controllers read; validate.ts made sure that they are there. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly stdin?: boolean;
  readonly stdinOnce?: boolean;
}

export interface PodSpec extends PodDns {
  readonly nodeName?: string;
  readonly serviceAccountName?: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly restartPolicy?: string;
  readonly securityContext?: {
    readonly sysctls?: readonly { readonly name: string; readonly value: string }[];
  };
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
}

export interface PodTemplate {
  readonly metadata?: {
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly spec: PodSpec;
}

export interface JobSpec {
  readonly template: PodTemplate;
  readonly backoffLimit: number;
  readonly activeDeadlineSeconds?: number;
  readonly ttlSecondsAfterFinished?: number;
}

export interface DaemonSetSpec {
  readonly template: PodTemplate;
  readonly updateStrategy: {
    readonly type: string;
    readonly rollingUpdate?: { readonly maxUnavailable?: number | string };
  };
}

export interface DeploymentSpec {
  readonly template: PodTemplate;
  readonly replicas: number;
  readonly selector: { readonly matchLabels?: Record<string, string> };
}

export function specOf<T>(object: KubeObject): T {
  return (object.spec ?? {}) as T;
}

export function phaseOf(pod: KubeObject): string {
  const phase = pod.status?.['phase'];
  return typeof phase === 'string' ? phase : 'Pending';
}

export function isReady(pod: KubeObject): boolean {
  const conditions = (pod.status?.['conditions'] ?? []) as { type?: string; status?: string }[];
  return conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
}

export function podAddressOf(pod: KubeObject): string | undefined {
  const address = pod.status?.['podIP'];
  return typeof address === 'string' ? address : undefined;
}

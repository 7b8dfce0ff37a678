import type { AwaitCondition } from '../../await-condition.js';
import { corefileReloadText } from '../../corefile/reload-text.js';
import type { Json } from '../../json.js';
import { objectText, valueAt, type SeenObject } from '../../objects.js';
import type { ChangeContext } from '../changes/executor.js';

type CorefileLoaded = Extract<AwaitCondition, { type: 'corefile-loaded' }>;

const names = ['coredns_reload_version_info', 'coredns_reload_failed_total'];

/**
 * Which CoreDNS pods do not run the Corefile that the ConfigMap holds now, as a sentence. A pod shows the
 * SHA-512 of what it last reloaded, also when that failed, and then counts the failure. One that started
 * after the ConfigMap was written has read it from the start and shows nothing.
 *
 * @param failures  `ignored` after an undo: the pod may have failed at what has just been taken back
 * Source: coredns plugin/reload.
 */
export async function podsWithoutCorefile(
  condition: CorefileLoaded,
  { cluster, signal }: ChangeContext,
  failures: 'counted' | 'ignored',
): Promise<string | null> {
  const { configMap, dataKey, namespace, labelSelector } = condition;
  const object = await cluster.read(configMap, signal);
  const text = valueAt(object ?? undefined, ['data', dataKey]);
  if (object === null || typeof text !== 'string')
    return `${objectText(configMap)} has no ${dataKey}.`;
  const parsed = corefileReloadText(text);
  if (parsed === null) return `What pods make of ${dataKey} cannot be told from its text alone.`;
  const wanted = cluster.sha512(parsed);
  const writtenAt = lastWrite(object);

  const pods = await cluster.list(
    { apiVersion: 'v1', kind: 'Pod', namespace },
    { labelSelector },
    signal,
  );
  const running = pods.filter(isRunning);
  if (running.length === 0) return `No pod of ${labelSelector} runs in ${namespace}.`;
  const behind = await Promise.all(
    running
      .filter((pod) => !isReadyAndYounger(pod, writtenAt))
      .map((pod) => shortfall(pod, wanted, condition.metricsPort, failures, cluster, signal)),
  );
  const wrong = behind.filter((sentence) => sentence !== null).toSorted();
  return wrong.length === 0 ? null : `Not all pods run the new Corefile: ${wrong.join(', ')}.`;
}

async function shortfall(
  pod: SeenObject,
  wanted: string,
  port: number,
  failures: 'counted' | 'ignored',
  cluster: ChangeContext['cluster'],
  signal: AbortSignal,
): Promise<string | null> {
  const { name } = pod.metadata;
  const [node, address] = [valueAt(pod, ['spec', 'nodeName']), valueAt(pod, ['status', 'podIP'])];
  if (typeof node !== 'string' || typeof address !== 'string') return `${name} has no address yet`;
  const order = { do: 'read-metrics', target: { address, port }, names } as const;
  const { readings } = await cluster.askHost(node, order, signal);
  if (readings === null) return `${name} shows no metrics on port ${port}`;
  const failed = readings.find((reading) => reading.name === 'coredns_reload_failed_total');
  const shown = readings
    .filter((reading) => reading.name === 'coredns_reload_version_info' && reading.value === 1)
    .map(({ labels }) => labels['value']);
  if (!shown.includes(wanted)) return `${name} has not loaded it yet`;
  if (failures === 'counted' && (failed?.value ?? 0) > 0) return `${name} refused it`;
  return null;
}

/** When anybody last wrote the object, in milliseconds; infinite when it does not say. */
function lastWrite(object: SeenObject): number {
  const entries = valueAt(object, ['metadata', 'managedFields']);
  const times = (Array.isArray(entries) ? (entries as readonly Json[]) : []).flatMap((entry) => {
    const time = valueAt(entry, ['time']);
    return typeof time === 'string' ? [Date.parse(time)] : [];
  });
  return times.length === 0 ? Infinity : Math.max(...times);
}

function isRunning(pod: SeenObject): boolean {
  return valueAt(pod, ['status', 'phase']) === 'Running' && !pod.metadata['deletionTimestamp'];
}

function isReadyAndYounger(pod: SeenObject, writtenAt: number): boolean {
  const created = pod.metadata['creationTimestamp'];
  const conditions = valueAt(pod, ['status', 'conditions']);
  const isReady = (Array.isArray(conditions) ? (conditions as readonly Json[]) : []).some(
    (one) => valueAt(one, ['type']) === 'Ready' && valueAt(one, ['status']) === 'True',
  );
  return isReady && typeof created === 'string' && Date.parse(created) > writtenAt;
}

import type { ChangeOf } from '../../change.js';
import { ObjectChanged, PreconditionFailed } from '../../errors.js';
import { objectText } from '../../objects.js';
import type { NodeHealth } from '../../node-health.js';
import type { PreImageOf } from '../journal.js';
import { daemonPods, type DaemonPod } from './daemon-pods.js';
import {
  ChangeCancelled,
  DeadlinePassed,
  PlanStale,
  UndoFailed,
  type ChangeContext,
} from './executor.js';
import { healthProblem, patienceWithLeftovers } from './node-health.js';

type Restart = ChangeOf<'restart'>;
type NodeByNode = NonNullable<Restart['nodeByNode']>;
type Pods = NonNullable<PreImageOf<'restart'>['pods']>;

const pollMilliseconds = 1000;

/** The pods as they are before the first is ended: whoever goes on after a crash knows new ones by it. */
export async function capturePods(
  change: Restart,
  { nodes }: NodeByNode,
  context: ChangeContext,
): Promise<Pods> {
  const pods = await daemonPods(change.object, context);
  const sick = nodes.filter((node) => !(pods.get(node)?.isReady ?? false));
  if (sick.length > 0) {
    throw new PlanStale(
      `${objectText(change.object)} has no ready pod on ${sick.join(', ')}. Repair it before its pods are restarted.`,
    );
  }
  const strangers = [...pods.keys()].filter((node) => !nodes.includes(node)).toSorted();
  if (strangers.length > 0) {
    throw new PlanStale(`${objectText(change.object)} runs on ${strangers.join(', ')} too by now.`);
  }
  return identities(pods);
}

/** Ends the old pod of one node after the other; the next only when the one before is healthy with its new pod. */
export async function restartNodes(
  change: Restart,
  plan: NodeByNode,
  before: Pods,
  context: ChangeContext,
): Promise<void> {
  for (const [at, node] of plan.nodes.entries()) {
    if ((await context.isCancelled?.()) === true) throw new ChangeCancelled();
    const old = before.find((pod) => pod.node === node);
    const problem = await renew(change, node, old?.uid, plan, plan.health, context);
    if (problem !== null) {
      const done =
        at === 0
          ? 'No node was switched before it'
          : `Switched before it: ${plan.nodes.slice(0, at).join(', ')}`;
      throw new DeadlinePassed(
        `${node} was not healthy within ${plan.secondsPerNode} s of its restart: ${problem}. ${done}.`,
      );
    }
    await context.checkpoint?.(`restarted:${at}`);
  }
}

/** Null when every node is healthy at this moment. */
export async function nodesProblem(
  plan: NodeByNode,
  context: ChangeContext,
): Promise<string | null> {
  const wrong: string[] = [];
  for (const node of plan.nodes) {
    if (await isGone(node, context)) continue;
    const problem = await healthProblem(node, plan.health, context);
    if (problem !== null) wrong.push(`${node}: ${problem}`);
  }
  return wrong.length === 0 ? null : `Not every node is healthy: ${wrong.join('; ')}.`;
}

/** The pods as an undo finds them: those it ends, each once, whoever carries it through. */
export async function podsToUndo(change: Restart, context: ChangeContext): Promise<Pods> {
  const isThere = (await context.cluster.read(change.object, context.signal)) !== null;
  return isThere ? identities(await daemonPods(change.object, context)) : [];
}

/**
 * Ends every pod that may run with what was taken back, last node first, since that is the one that may be sick, and
 * waits for each node's health of before. A node that cannot be reached is named and holds up nothing: the kubelet ends
 * its pod when it is back, and the next one starts with the restored configuration.
 */
export async function undoNodes(
  change: Restart,
  plan: NodeByNode,
  { before, found }: { readonly before: Pods; readonly found: Pods },
  context: ChangeContext,
): Promise<void> {
  const joined = found.map(({ node }) => node).filter((node) => !plan.nodes.includes(node));
  const wrong: string[] = [];
  for (const node of [...plan.nodes.toReversed(), ...joined]) {
    const original = before.find((pod) => pod.node === node);
    const old = found.find((pod) => pod.node === node);
    const isUntouched =
      old !== undefined && old.uid === original?.uid && old.restarts === original.restarts;
    if (isUntouched) {
      const now = (await daemonPods(change.object, context)).get(node);
      if (now?.uid === old.uid && now.restarts === old.restarts && !now.isEnding) continue;
    }
    const problem = await renew(change, node, old?.uid, plan, plan.healthBefore, context);
    await context.checkpoint?.(`undone-on:${node}`);
    if (problem === null) continue;
    if (await isUnready(node, context)) {
      context.note?.(
        `${node} cannot be reached. Its pod of ${objectText(change.object)} is to be ended, and starts with the restored configuration when the node is back.`,
      );
    } else wrong.push(`${node}: ${problem}`);
  }
  if (wrong.length > 0) throw new UndoFailed(`Not healthy after the undo: ${wrong.join('; ')}.`);
}

/**
 * Ends the pod with that uid unless it is gone already, and waits until its successor is ready and the node healthy.
 * With a clean-up kube-proxy's own comes just before, since the successor would not take away the old mode's rules; what
 * the old pod wrote anew before it ended is cleaned up once more. Whoever goes on after a crash finds the node healthy,
 * or does the clean-up again, which does no harm.
 *
 * @returns null, or what was missing when the node's time was over
 */
async function renew(
  change: Restart,
  node: string,
  oldUid: string | undefined,
  plan: NodeByNode,
  health: NodeHealth,
  context: ChangeContext,
): Promise<string | null> {
  // While nothing but the old mode has rules there, one clean-up takes all of them.
  if (plan.cleanUp === true && (await uidOn(node, change, context)) === oldUid) {
    await cleanUp(change, node, context);
  }
  const { look, isOver } = patienceWithLeftovers(node, health, context);
  const problem = await replace(change, node, oldUid, plan, look, context, isOver);
  if (problem === null || !isOver()) return problem;

  const cleanupProblem = plan.cleanUp === true ? await cleanUp(change, node, context) : null;
  const littering = await uidOn(node, change, context);
  const isHealthy = () => healthProblem(node, health, context);
  const left = await replace(change, node, littering, plan, isHealthy, context);
  return left === null || cleanupProblem === null ? left : `${left} ${cleanupProblem}`;
}

/** What of it failed, which decides nothing: it may have taken away all the same, and the node's health tells. */
async function cleanUp(
  change: Restart,
  node: string,
  context: ChangeContext,
): Promise<string | null> {
  try {
    await context.cluster.cleanUpProxy(node, change.object, context.signal);
  } catch (error) {
    if (error instanceof PreconditionFailed) return error.message;
    throw error;
  }
  await context.checkpoint?.(`cleaned-up:${node}`);
  return null;
}

async function uidOn(
  node: string,
  change: Restart,
  context: ChangeContext,
): Promise<string | undefined> {
  return (await daemonPods(change.object, context)).get(node)?.uid;
}

/** One pod by its successor. Null, or what was missing when the time was over or nothing more is to be hoped for. */
async function replace(
  change: Restart,
  node: string,
  oldUid: string | undefined,
  { secondsPerNode }: NodeByNode,
  look: () => Promise<string | null>,
  context: ChangeContext,
  isHopeless: () => boolean = () => false,
): Promise<string | null> {
  const { clock, signal } = context;
  await endPod(change, node, oldUid, context);
  const deadline = clock.now().getTime() + secondsPerNode * 1000;
  let wasUnready = false;
  for (;;) {
    const began = clock.now().getTime();
    const pod = (await daemonPods(change.object, context)).get(node);
    const problem = podProblem(pod, oldUid) ?? (await look());
    if (problem === null) return null;
    if (pod === undefined && (await isGone(node, context))) return null;
    if (clock.now().getTime() >= deadline || isHopeless()) return problem;
    // A node that was not ready twice in a row will not be healthy in time either; its pod cannot end.
    const unready =
      pod !== undefined && podProblem(pod, oldUid) !== null && (await isUnready(node, context));
    if (unready && wasUnready) return `the node is not ready, and ${problem}`;
    wasUnready = unready;
    // Where listing rules is much work, the node gets as long a rest from it.
    await clock.sleep(Math.max(pollMilliseconds, clock.now().getTime() - began), signal);
  }
}

async function endPod(
  change: Restart,
  node: string,
  uid: string | undefined,
  context: ChangeContext,
): Promise<void> {
  const pod = (await daemonPods(change.object, context)).get(node);
  if (pod === undefined || pod.uid !== uid || pod.isEnding) return;
  try {
    await context.cluster.requestRemoval(pod.ref, pod.uid, context.signal);
  } catch (error) {
    // Somebody was faster: its successor is what we wait for.
    if (!(error instanceof ObjectChanged)) throw error;
  }
  await context.checkpoint?.(`ended:${node}`);
}

function podProblem(pod: DaemonPod | undefined, oldUid: string | undefined): string | null {
  if (pod === undefined) return 'it has no pod';
  if (pod.uid === oldUid) return 'its old pod has not ended';
  if (pod.isEnding) return 'its pod is ending';
  return pod.isReady ? null : `its new pod is not ready (${pod.state})`;
}

async function isUnready(node: string, { cluster, signal }: ChangeContext): Promise<boolean> {
  const found = (await cluster.nodes(signal)).find(({ name }) => name === node);
  return found === undefined || !found.ready;
}

/** Whether the node has left the cluster: there is nothing left to be healthy. */
async function isGone(node: string, { cluster, signal }: ChangeContext): Promise<boolean> {
  return !(await cluster.nodes(signal)).some(({ name }) => name === node);
}

function identities(pods: ReadonlyMap<string, DaemonPod>): Pods {
  return [...pods.values()]
    .map(({ node, uid, restarts }) => ({ node, uid, restarts }))
    .toSorted((a, b) => (a.node < b.node ? -1 : 1));
}

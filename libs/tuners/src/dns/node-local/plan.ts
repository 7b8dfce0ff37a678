import { nodeCacheName, objectText, refOf, type PlanDraft, type SeenObject } from '@fairlead/core';
import { byText } from '../../by-text.js';
import { cacheHash, cacheManifests, takeOverEdits, type CacheRequest } from './manifests.js';
import type { NodeLocalObservation } from './observation.js';
import { isPossible } from './preflight.js';
import type { NodeLocalSettings } from './settings.js';

const listeningId = 'dns/node-local/listening';
const takeOverId = 'dns/node-local/take-over';

/**
 * Plans a DNS cache on every node in two steps: first it only listens on an address of its own, and pods on
 * every node have to get an answer from there; then it takes over the address that pods ask already. Backwards
 * the same way: nothing asks the cache any more before it goes. Pure; never throws. Source: domain.md 4.5.
 */
export function planNodeLocal(
  plan: PlanDraft,
  settings: NodeLocalSettings,
  observed: NodeLocalObservation,
): void {
  const { kubeDns, clusterDomain, standing } = observed;
  if (standing === null && !isPossible(plan, settings, observed)) return;
  if (kubeDns === null || clusterDomain === null) {
    if (!plan.isRefused) {
      plan.refuse(
        'no-cluster-dns',
        'There is no Service kube-system/kube-dns with an address, or the cluster’s domain could not be seen: nothing to put a cache before. Check the cluster’s DNS first.',
      );
    }
    return;
  }
  const request = { settings, clusterDomain, kubeDns };
  if (standing !== null && isStanding(plan, standing, request)) return;
  if (standing !== null) return;
  addCache(plan, request, observed);
}

/** True when there is nothing to do. One that differs is not replaced under the pods that ask it. */
function isStanding(
  plan: PlanDraft,
  standing: NonNullable<NodeLocalObservation['standing']>,
  request: CacheRequest,
): boolean {
  const takesOver = request.settings.reach === 'all-pods';
  if (standing.contentHash === cacheHash(request) && standing.takesOver === takesOver) return true;
  plan.refuse(
    'cache-stands-otherwise',
    'A cache of an earlier job stands on the nodes with other settings, and pods may be asking it. Undo that job first, then ask again.',
  );
  return false;
}

function addCache(plan: PlanDraft, request: CacheRequest, observed: NodeLocalObservation): void {
  const { settings, kubeDns } = request;
  const nodes = observed.nodes
    .filter(({ os, ready }) => os === 'linux' && ready)
    .map(({ name }) => name)
    .toSorted(byText);
  const manifests = cacheManifests(request);
  for (const manifest of manifests) {
    const object = refOf(manifest as SeenObject);
    plan.add({
      kind: 'create',
      id: `dns/node-local/${object.kind}/${object.name}`,
      summary: `Create ${objectText(object)} of the node-local DNS cache.`,
      object,
      manifest,
    });
  }
  const daemonSet = refOf(manifests.at(-1) as SeenObject);
  const deadlineSeconds = Math.min(7200, 180 + 20 * nodes.length);
  const rolledOut = { type: 'rolled-out', object: daemonSet } as const;
  plan.add({
    kind: 'await',
    id: listeningId,
    summary: 'Wait until the cache runs on every node.',
    condition: rolledOut,
    deadlineSeconds,
  });
  addAnswers(plan, listeningId, settings.localAddress, nodes);
  plan.note(
    'The cache listens first and nobody asks it; pods of every node have to get an answer from it before it takes anything over.',
  );
  if (settings.reach === 'link-local') {
    plan.note(
      `Pods go on asking ${kubeDns.address}. They use the cache where their resolv.conf names ${settings.localAddress}: kubelet’s clusterDNS, or dnsConfig of a pod. Take that back, and replace those pods, before an undo.`,
    );
    return;
  }
  plan.add({
    kind: 'edit',
    id: takeOverId,
    summary: `Let the cache take over ${kubeDns.address}, node by node.`,
    object: daemonSet,
    edits: takeOverEdits(request),
  });
  plan.add({
    kind: 'await',
    id: `${takeOverId}/rolled-out`,
    summary: 'Wait until the cache of every node has taken over.',
    condition: rolledOut,
    deadlineSeconds,
  });
  addAnswers(plan, takeOverId, kubeDns.address, nodes);
  tellTakeOver(plan, observed);
}

/** A name that only the cache knows: an answer proves who gave it. */
function addAnswers(plan: PlanDraft, id: string, server: string, nodes: readonly string[]): void {
  plan.add({
    kind: 'await',
    id: `${id}/answers`,
    summary: `See the cache answer pods of every node at ${server}.`,
    condition: { type: 'dns-answers', server, name: nodeCacheName, nodes: [...nodes] },
    deadlineSeconds: 180,
  });
}

function tellTakeOver(plan: PlanDraft, { nodes }: NodeLocalObservation): void {
  plan.interruptsDns();
  plan.note(
    'Lookups under way while a node’s cache starts or stops may be asked again; the rest goes to CoreDNS until the cache answers, and again once it goes.',
  );
  plan.warn(
    'cache-out-of-memory',
    'A cache that is killed hard leaves its rules behind, and that node’s pods have no DNS until it runs again. It has no memory limit for that reason: leave it without one.',
  );
  plan.warn(
    'forced-tcp',
    'The cache asks CoreDNS over TCP: network policies must let nodes reach port 53/TCP of it.',
  );
  const onNftables = nodes
    .filter(({ proxyMode }) => proxyMode === 'nftables')
    .map(({ name }) => name);
  if (onNftables.length > 0) {
    plan.warn(
      'nftables-by-test',
      'Upstream says nothing of the cache beside kube-proxy in nftables mode. The plan goes by what it sees: pods of every node have to be answered by the cache at the old address, or all of it is taken back.',
      onNftables,
    );
  }
}

import { Conflict, Internal, LeaseLost, valueAt, type Json, type JsonObject } from '@fairlead/core';
import type { ApiClient } from '../connection/api-client.js';
import { fenceAnnotation, fieldManager, managedBy } from './ours.js';
import { builtInPath } from './resources.js';
import { textAt } from './text-at.js';

/** Who asks for a cluster: one job of one installation, with the fence of its lease in our database. */
export interface LeaseClaim {
  readonly installationId: string;
  readonly jobId: string;
  readonly fence: number;
}

export type LeaseStanding =
  | { readonly may: 'take' }
  | { readonly may: 'not'; readonly because: 'held' | 'newer-fence'; readonly holder: string };

const leaseName = 'fairlead-writer';
const leaseSeconds = 60;
const attempts = 4;

/**
 * Whether a claim may take a Lease object as it stands. A holder of our own installation gives way to
 * a larger fence at once, since our database already decided; another installation only by expiry.
 *
 * @param now  the API server's clock, milliseconds: the one that all holders share
 */
export function leaseStanding(lease: Json, claim: LeaseClaim, now: number): LeaseStanding {
  const holder = valueAt(lease, ['spec', 'holderIdentity']);
  if (typeof holder !== 'string' || holder === '') return { may: 'take' };

  const fence = Number(valueAt(lease, ['metadata', 'annotations', fenceAnnotation]) ?? Number.NaN);
  if (holder.startsWith(`${claim.installationId}/`)) {
    return Number.isFinite(fence) && fence > claim.fence
      ? { may: 'not', because: 'newer-fence', holder }
      : { may: 'take' };
  }
  const renewed = Date.parse(textAt(lease, ['spec', 'renewTime']));
  const seconds = Number(valueAt(lease, ['spec', 'leaseDurationSeconds']) ?? leaseSeconds);
  const isLive = Number.isFinite(renewed) && now < renewed + seconds * 1000;
  return isLive ? { may: 'not', because: 'held', holder } : { may: 'take' };
}

export interface ClusterLease {
  /** Throws Conflict (`cluster-held`), LeaseLost. */
  hold(signal: AbortSignal): Promise<void>;
  /** Deletes the object if it is still ours. */
  release(signal: AbortSignal): Promise<void>;
}

interface Seen {
  readonly lease: Json | null;
  /** The API server's clock, milliseconds, at `at` of ours. */
  readonly serverTime: number;
  readonly at: number;
}

/** The Lease object that keeps two installations off one cluster. */
export function clusterLease(api: ApiClient, namespace: string, claim: LeaseClaim): ClusterLease {
  const kind = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace };
  const path = builtInPath({ ...kind, name: leaseName });
  const doing = `hold Lease ${namespace}/${leaseName}`;
  /** The object as our own last write left it: a renewal then needs no read. */
  let written: Seen | null = null;

  async function look(signal: AbortSignal): Promise<Seen> {
    const answer = await api.attempt({ method: 'GET', path, doing }, signal);
    if ('error' in answer && answer.status.code !== 404) throw answer.error;
    const lease = 'error' in answer ? null : answer.body;
    return { lease, serverTime: answer.serverTime, at: performance.now() };
  }

  async function write(lease: Json | null, now: number, signal: AbortSignal) {
    const body = leaseManifest(lease, claim, namespace, now);
    const query = { fieldManager };
    return lease === null
      ? await api.attempt({ method: 'POST', path: builtInPath(kind), query, body, doing }, signal)
      : await api.attempt({ method: 'PUT', path, query, body, doing }, signal);
  }

  return {
    async hold(signal) {
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const known = written ?? (await look(signal));
        const now = known.serverTime + (performance.now() - known.at);
        if (known.lease !== null) refuseUnless(leaseStanding(known.lease, claim, now));
        const answer = await write(known.lease, now, signal);
        if (!('error' in answer)) {
          written = { lease: answer.body, serverTime: answer.serverTime, at: performance.now() };
          return;
        }
        // Taken, renewed or deleted between our look and our write: look again.
        written = null;
        if (![404, 409].includes(answer.status.code)) throw answer.error;
      }
      throw new Conflict('cluster-held', 'Several installations reach for the cluster at once.');
    },

    async release(signal) {
      const { lease } = written ?? (await look(signal));
      written = null;
      if (lease === null || !isHeldBy(lease, claim)) return;
      const { uid, resourceVersion } = valueAt(lease, ['metadata']) as JsonObject;
      const preconditions = { uid: uid ?? null, resourceVersion: resourceVersion ?? null };
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions };
      const answer = await api.attempt({ method: 'DELETE', path, body, doing }, signal);
      if ('error' in answer && ![404, 409].includes(answer.status.code)) throw answer.error;
    },
  };
}

function refuseUnless(standing: LeaseStanding): void {
  if (standing.may === 'take') return;
  if (standing.because === 'newer-fence') {
    throw new LeaseLost('A newer worker of this installation holds the cluster.');
  }
  throw new Conflict(
    'cluster-held',
    `Another installation of Fairlead works on the cluster: ${standing.holder}.`,
    {
      remedy: 'Wait until it has ended, or end it there.',
    },
  );
}

function isHeldBy(lease: Json, claim: LeaseClaim): boolean {
  return (
    valueAt(lease, ['spec', 'holderIdentity']) === holderOf(claim) &&
    valueAt(lease, ['metadata', 'annotations', fenceAnnotation]) === String(claim.fence)
  );
}

function holderOf({ installationId, jobId }: LeaseClaim): string {
  return `${installationId}/${jobId}`;
}

function leaseManifest(
  lease: Json | null,
  claim: LeaseClaim,
  namespace: string,
  now: number,
): JsonObject {
  if (!Number.isFinite(now)) throw new Internal('The cluster tells no time.');
  const renewTime = new Date(now).toISOString().replace('Z', '000Z');
  const isRenewal = lease !== null && isHeldBy(lease, claim);
  const before = (lease === null ? {} : (valueAt(lease, ['spec']) ?? {})) as JsonObject;
  const resourceVersion =
    lease === null ? undefined : valueAt(lease, ['metadata', 'resourceVersion']);
  const transitions = Number(before['leaseTransitions'] ?? 0);
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: leaseName,
      namespace,
      labels: managedBy,
      annotations: { [fenceAnnotation]: String(claim.fence) },
      ...(resourceVersion !== undefined && { resourceVersion }),
    },
    spec: {
      holderIdentity: holderOf(claim),
      leaseDurationSeconds: leaseSeconds,
      acquireTime: isRenewal ? (before['acquireTime'] ?? renewTime) : renewTime,
      renewTime,
      leaseTransitions: lease === null || isRenewal ? transitions : transitions + 1,
    },
  };
}

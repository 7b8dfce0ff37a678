import {
  clusterFirstNdots,
  objectText,
  sameJson,
  type Json,
  type PathEdit,
  type PlanDraft,
} from '@fairlead/core';
import { listed } from '../../by-text.js';
import { isObject, listAt, textAt } from '../../json-reading.js';
import type { DnsWorkload } from './observation.js';
import { leavingSearchPath, type SearchName } from './search-names.js';
import { queriesFor } from './search-cost.js';

const dnsConfigPath = ['spec', 'template', 'spec', 'dnsConfig'];

/** ndots in the pod template of one workload, the roll that follows, and a look inside its pods. */
export function planTemplate(plan: PlanDraft, seen: DnsWorkload, ndots: number): void {
  const name = objectText(seen.object);
  const before = listAt(seen.dnsConfig, ['options']);
  const after = withNdots(before, ndots);
  if (sameJson(before, after)) return;
  if (cannotTake(plan, seen, ndots)) return;

  const now = ndotsOf(before);
  tellSearchNames(plan, seen, now, ndots);
  const id = `dns/ndots/${name.replaceAll(' ', '/')}`;
  plan.add({
    kind: 'edit',
    id,
    summary: `Set ndots to ${ndots} in the pods of ${name}.`,
    object: seen.object,
    edits: [editOf(seen.dnsConfig, after)],
  });
  plan.add({
    kind: 'await',
    id: `${id}/rolled-out`,
    summary: `Wait until the pods of ${name} are replaced.`,
    condition: { type: 'rolled-out', object: seen.object },
    deadlineSeconds: Math.min(7200, 300 + 60 * seen.pods),
  });
  addLookInside(plan, id, seen, ndots);
  plan.restartsPods(seen.pods);
  plan.touchesConnections('some-cut');
  plan.note(`Replacing the ${seen.pods} pods of ${name} ends their connections.`);
  tellCost(plan, seen, now, ndots);
}

/** The list with ndots in it: other options untouched and in their order. */
function withNdots(before: readonly Json[], ndots: number): Json[] {
  const option = { name: 'ndots', value: String(ndots) };
  const isNdots = (one: Json) => textAt(one, ['name']) === 'ndots';
  if (!before.some(isNdots)) return [...before, option];
  return before.map((one): Json => (isNdots(one) && isObject(one) ? { ...one, ...option } : one));
}

function ndotsOf(options: readonly Json[]): number {
  const option = options.findLast((one) => textAt(one, ['name']) === 'ndots');
  const value = textAt(option, ['value']) ?? '';
  return /^\d{1,4}$/.test(value) ? Number(value) : clusterFirstNdots;
}

/** The API server keeps no empty `dnsConfig`: where there is none, the edit makes the whole of it. */
function editOf(dnsConfig: Json, options: readonly Json[]): PathEdit {
  if (!isObject(dnsConfig)) return { path: dnsConfigPath, after: { options } };
  const before = dnsConfig['options'];
  return {
    path: [...dnsConfigPath, 'options'],
    ...(before !== undefined && { before }),
    after: options,
  };
}

function addLookInside(plan: PlanDraft, id: string, seen: DnsWorkload, ndots: number): void {
  const { object, labelSelector, pods } = seen;
  if (pods === 0) return;
  if (labelSelector === null || object.namespace === undefined) {
    plan.warn(
      'not-verified-in-pods',
      `The pods of ${objectText(object)} cannot be told by their labels, so no resolv.conf is read inside them.`,
    );
    return;
  }
  plan.add({
    kind: 'await',
    id: `${id}/pods`,
    summary: `Read resolv.conf inside the pods of ${objectText(object)}.`,
    condition: {
      type: 'pod-resolvers',
      namespace: object.namespace,
      labelSelector,
      option: `ndots:${ndots}`,
    },
    deadlineSeconds: 120,
  });
}

function cannotTake(plan: PlanDraft, seen: DnsWorkload, ndots: number): boolean {
  const name = objectText(seen.object);
  if (seen.isWindows) {
    plan.refuse('windows-pods', `${name} runs on Windows, which knows no ndots. Leave it out.`);
    return true;
  }
  if (seen.hostNetwork && seen.dnsPolicy !== 'ClusterFirstWithHostNet') {
    plan.refuse(
      'pod-host-network',
      `${name} runs in the host’s network and so has the node’s own resolv.conf. Set dnsPolicy ClusterFirstWithHostNet first, or leave it out.`,
    );
    return true;
  }
  if (seen.dnsPolicy === 'Default' || seen.dnsPolicy === 'None') {
    plan.refuse(
      'dns-policy',
      `${name} has dnsPolicy ${seen.dnsPolicy}: the cluster’s search path, which ndots is about, is not in its resolv.conf. Leave it out, or change it where its resolver is configured.`,
    );
    return true;
  }
  if (seen.owner !== null) {
    plan.refuse('parameter-owned', `${name} is kept by ${seen.owner.name}. ${seen.owner.advice}`, {
      patch: templatePatch(ndots),
    });
    return true;
  }
  return willNotRoll(plan, name, seen);
}

function willNotRoll(plan: PlanDraft, name: string, seen: DnsWorkload): boolean {
  const why = seen.paused
    ? 'its rollout is paused'
    : seen.updateStrategy === 'OnDelete'
      ? 'its update strategy is OnDelete'
      : seen.partition > 0
        ? `its rolling update stops at partition ${seen.partition}`
        : null;
  if (why !== null) {
    plan.refuse(
      'workload-will-not-roll',
      `The pods of ${name} would not all be replaced: ${why}. Resume it, or set its strategy to RollingUpdate for all pods.`,
    );
    return true;
  }
  if (seen.updateStrategy === 'Recreate') {
    plan.warn('recreate-strategy', `${name} stops all its pods before it starts new ones.`);
  }
  return false;
}

/**
 * Names that only the search path completes: glibc still finds them, after asking upstream in vain, while musl
 * does not find them any more. Source: domain.md 4.1.
 */
function tellSearchNames(plan: PlanDraft, seen: DnsWorkload, now: number, ndots: number): void {
  const name = objectText(seen.object);
  if (seen.unseen.length > 0) {
    plan.warn(
      'names-not-seen',
      `${name} takes values from ${listed(seen.unseen)}, which could not be read: names in there may need the search path.`,
    );
  }
  const leaving = leavingSearchPath(seen.searchNames, now, ndots);
  if (leaving.length === 0) return;
  const found = listed(leaving.map(placed));
  if (seen.isMusl === true) {
    plan.refuse(
      'search-names-break',
      `${name} uses ${found}, and its C library is musl, which asks a name with ${ndots} dots or more as it stands and never adds a search domain. Use whole names that end with a dot there first, or ask for ndots ${highest(leaving) + 1}.`,
    );
    return;
  }
  const unknown =
    seen.isMusl === null
      ? ' Whether its C library is musl, which would not find them at all, could not be seen.'
      : '';
  plan.warn(
    'search-names-leak',
    `${name} uses ${found}: with ndots ${ndots} they are asked upstream first, and found through the search path only after that.${unknown}`,
  );
}

function placed({ name, where }: SearchName): string {
  return `${name} (${where})`;
}

function highest(names: readonly SearchName[]): number {
  return Math.max(...names.map(({ name }) => name.split('.').length - 1));
}

function tellCost(plan: PlanDraft, seen: DnsWorkload, now: number, ndots: number): void {
  const { searches } = seen;
  if (searches === null) return;
  const told = ['example.com', 'api.example.com', 'a.b.example.com'].map(
    (external) =>
      `${external} ${queriesFor(external, { searches, ndots: now })} before and ${queriesFor(external, { searches, ndots })} after`,
  );
  plan.note(
    `Questions that a cold lookup of an outside name costs the pods of ${objectText(seen.object)}: ${told.join(', ')}.`,
  );
}

function templatePatch(ndots: number): string {
  return [
    'spec:',
    '  template:',
    '    spec:',
    '      dnsConfig:',
    '        options:',
    '          - name: ndots',
    `            value: "${ndots}"`,
  ].join('\n');
}

import { corefileReloadText, objectText, type Corefile, type PlanDraft } from '@fairlead/core';
import { listed } from '../../by-text.js';
import { isAtLeast } from '../../version.js';
import type { CoreDnsDeployment, CorefileSource } from './observation.js';
import type { CorefilePlan } from './plan-corefile.js';
import { has, metricsPortOf, serverBlocks } from './server-block.js';

export const corefileId = 'dns/coredns.corefile';

/** The kubelet takes up to 90 s to bring a ConfigMap to a pod, and reload up to 45 s to see it. */
const loadedWithinSeconds = 300;
/** While a rolled pod does not start, fewer answer: not longer than starting takes. */
const rolledWithinSeconds = { least: 120, perPod: 30 } as const;

/**
 * The edit, and what proves it: where CoreDNS reloads by itself and says what it runs, every pod is asked;
 * elsewhere the Deployment is rolled, and a Corefile that CoreDNS refuses shows in pods that do not get
 * ready. Source: domain.md 4.3, coredns plugin/reload.
 */
export function addCorefileChanges(
  plan: PlanDraft,
  observed: CoreDnsDeployment,
  source: CorefileSource,
  { cluster, edits, after }: CorefilePlan,
): void {
  tellOwners(plan, source, after);
  tellFailures(plan, observed);
  const lines = edits.map(({ path }) => path.slice(1).join(' '));
  plan.add({
    id: corefileId,
    kind: 'edit',
    summary: `Sets ${lines.join(', ')} in the Corefile of ${objectText(source.object)}.`,
    object: source.object,
    edits: [...edits],
  });
  const metricsPort = metricsPortOf(cluster.file);
  if (metricsPort !== null && asksForReload(cluster.file) && isTold(observed, source.text, after)) {
    plan.note('CoreDNS empties its cache when it reloads: the first lookups after it go upstream.');
    plan.add({
      id: 'dns/coredns.loaded',
      kind: 'await',
      summary: 'Waits until every CoreDNS pod says that it runs the new Corefile.',
      condition: {
        type: 'corefile-loaded',
        configMap: source.object,
        dataKey: source.dataKey,
        namespace: 'kube-system',
        labelSelector: observed.labelSelector,
        metricsPort,
      },
      deadlineSeconds: loadedWithinSeconds,
    });
    return;
  }
  addRestart(plan, observed);
}

/** Whether pods will say that they run either text: an undo goes back the same way. */
function isTold({ version, pods }: CoreDnsDeployment, before: string, after: string): boolean {
  if (version === null || !isAtLeast(version, '1.9.1')) return false;
  if (corefileReloadText(before) === null || corefileReloadText(after) === null) return false;
  return pods.length > 0 && pods.every(({ load }) => load !== null);
}

function addRestart(plan: PlanDraft, observed: CoreDnsDeployment): void {
  if (observed.owner !== null) {
    plan.refuse(
      'parameter-owned',
      `CoreDNS has to be rolled to read the new Corefile, and ${observed.owner.name} keeps its Deployment. ${observed.owner.advice}`,
    );
  }
  plan.restartsPods(observed.replicas);
  plan.evidence(`spec.replicas of ${objectText(observed.object)} is ${observed.replicas}.`);
  if (observed.replicas < 2) {
    plan.interruptsDns();
    plan.warn(
      'dns-interrupted',
      'CoreDNS is rolled to read its new Corefile, and only one pod runs: lookups may wait or fail for some seconds.',
    );
  }
  plan.add({
    id: 'dns/coredns.restart',
    kind: 'restart',
    summary: `Rolls ${objectText(observed.object)}, which does not say what Corefile it runs.`,
    object: observed.object,
    activates: [corefileId],
    deadlineSeconds: rolledWithinSeconds.least + rolledWithinSeconds.perPod * observed.replicas,
  });
}

/**
 * A pod that failed at a reload goes on with what it had, and would not start with what stands in the
 * ConfigMap. It counts that for as long as it runs, so a new failure could not be told from the old one.
 */
function tellFailures(plan: PlanDraft, { pods }: CoreDnsDeployment): void {
  const failed = pods.filter(({ load }) => load !== null && load.reloadFailures > 0);
  if (failed.length === 0) return;
  plan.refuse(
    'reload-failed-before',
    `${listed(failed.map(({ name }) => name))} could not load a Corefile since starting, and may run another one than the ConfigMap holds. Check the log, repair the Corefile and restart CoreDNS first.`,
  );
}

function tellOwners(plan: PlanDraft, source: CorefileSource, after: string): void {
  const { object, owner, immutable } = source;
  if (owner !== null) {
    plan.refuse('parameter-owned', `${owner.name} keeps the Corefile. ${owner.advice}`, {
      patch: patchFor(owner.name, after),
    });
  } else if (immutable) {
    plan.refuse(
      'parameter-owned',
      `${objectText(object)} is immutable: whoever made it replaces it as a whole. Change it at its source.`,
      { patch: after },
    );
  }
}

/** The whole Corefile; EKS takes it inside the add-on's configuration values. */
function patchFor(owner: string, after: string): string {
  return owner === 'the EKS add-on' ? JSON.stringify({ corefile: after }, null, 2) : after;
}

function asksForReload(file: Corefile): boolean {
  return serverBlocks(file).some((block) => has(block, 'reload'));
}

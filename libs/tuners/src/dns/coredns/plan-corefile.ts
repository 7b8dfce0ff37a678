import { corefileValue, editCorefile, type PathEdit, type PlanDraft } from '@fairlead/core';
import { corefileWishes, hasStaleModes, type Wish } from './corefile-wishes.js';
import { addCorefileChanges } from './corefile-changes.js';
import { tellCorefile } from './corefile-warnings.js';
import type { CoreDnsDeployment } from './observation.js';
import { clusterBlockOf, directivesOf, has, type ClusterBlock } from './server-block.js';
import type { CoreDnsSettings } from './settings.js';

/** A Corefile as it is and as it is to be. */
export interface CorefilePlan {
  readonly cluster: ClusterBlock;
  readonly edits: readonly PathEdit[];
  readonly after: string;
}

/**
 * Edits of the Corefile's cluster block, and the wait until every pod runs them. Lines that are not asked
 * for stay as they are, to the byte. Source: domain.md 4.3.
 */
export function planCorefile(
  plan: PlanDraft,
  settings: CoreDnsSettings,
  observed: CoreDnsDeployment,
): void {
  const { corefile, version } = observed;
  if (!asksForCorefile(settings)) return;
  if ('unreadable' in corefile) {
    plan.refuse(
      'corefile-unreadable',
      `The Corefile could not be read: ${corefile.unreadable}. Repair it, or grant the right to read it.`,
    );
    return;
  }
  const cluster = clusterBlockOf(corefile.text);
  if ('problem' in cluster) {
    plan.refuse(
      'corefile-not-understood',
      `The Corefile cannot be edited: ${cluster.problem}. Change it by hand.`,
    );
    return;
  }
  const wishes = corefileWishes(settings, cluster, version);
  if (wishes.length === 0) return;
  const wanted = edited(corefile.text, wishes);
  if (wanted === null || !canAdd(plan, cluster, wishes)) {
    if (wanted === null) tellNotEditable(plan, wishes);
    return;
  }
  if (settings.cache?.serveStale?.mode === 'verify' && !hasStaleModes(version)) {
    plan.refuse(
      'coredns-too-old',
      `CoreDNS ${version ?? ''} cannot verify stale answers; 1.9.2 and newer can. Set cache.serveStale.mode to immediate.`,
    );
  }
  const edits = wishes.map(({ path, words }): PathEdit => {
    const before = corefileValue(cluster.file, path) ?? undefined;
    return {
      document: { path: ['data', corefile.dataKey], format: 'corefile' },
      path: [...path],
      ...(before !== undefined && { before: [...before] }),
      ...(words !== undefined && { after: [...words] }),
    };
  });
  const corefilePlan = { cluster, edits, after: wanted };
  tellCorefile(plan, settings, observed, corefilePlan);
  addCorefileChanges(plan, observed, corefile, corefilePlan);
}

function asksForCorefile({
  cache,
  forward,
  autopath,
  lameduckSeconds,
  ready,
}: CoreDnsSettings): boolean {
  return [cache, forward, autopath, lameduckSeconds, ready].some((part) => part !== undefined);
}

function edited(text: string, wishes: readonly Wish[]): string | null {
  let after: string | null = text;
  for (const { path, words } of wishes) {
    if (after !== null) after = editCorefile(after, path, words);
  }
  return after;
}

/** A plugin may stand once in a block: what an import brings along cannot be seen from here. */
function canAdd(plan: PlanDraft, { block, file }: ClusterBlock, wishes: readonly Wish[]): boolean {
  const imports = directivesOf(block, 'import').map(({ words }) => words[1]?.text ?? '');
  const added = wishes.flatMap(({ path: [label, step = ''] }) => {
    const [plugin = ''] = step.split(' ');
    return label === block.label && !has(block, plugin) ? [plugin] : [];
  });
  const missingForward = added.includes('forward');
  if (missingForward) {
    plan.refuse(
      'forward-absent',
      'The cluster’s server block forwards nothing, or not with “forward .”. Leave forward out of the settings.',
    );
    return false;
  }
  const [plugin] = added;
  const hidden = imports.filter((name) => {
    const snippet = file.blocks.find(({ isSnippet, label }) => isSnippet && label === `(${name})`);
    return snippet === undefined || added.some((one) => has(snippet, one));
  });
  if (plugin === undefined || hidden.length === 0) return true;
  plan.refuse(
    'corefile-imports',
    `The cluster’s server block imports ${hidden.join(', ')}, which may bring ${plugin} along, and CoreDNS would not start with it twice. Put it there, or take the import away.`,
  );
  return false;
}

function tellNotEditable(plan: PlanDraft, wishes: readonly Wish[]): void {
  const places = wishes.map(({ path }) => path.slice(1).join(' ')).join(', ');
  plan.refuse(
    'corefile-not-understood',
    `The Corefile cannot be edited at ${places}: lines that fit stand there more than once, or share a line with a brace. Change it by hand.`,
  );
}

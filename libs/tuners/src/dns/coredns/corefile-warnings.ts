import type { PlanDraft } from '@fairlead/core';
import { listed } from '../../by-text.js';
import { defaultCapacity } from './cache-wishes.js';
import type { CoreDnsDeployment } from './observation.js';
import type { CorefilePlan } from './plan-corefile.js';
import type { CoreDnsSettings } from './settings.js';

/** What the user should know of the lines that change, and what speaks against them. Source: domain.md 4.3. */
export function tellCorefile(
  plan: PlanDraft,
  settings: CoreDnsSettings,
  observed: CoreDnsDeployment,
  corefile: CorefilePlan,
): void {
  tellDecrease(plan, settings, corefile);
  tellAutopath(plan, settings, observed, corefile);
  const changes = (...steps: string[]) => changed(corefile, steps) !== undefined;
  if (changes('cache', 'serve_stale') && settings.cache?.serveStale?.mode === 'immediate') {
    plan.warn(
      'stale-answers',
      'With serveStale immediate an expired answer is given before the source is asked: after a failover clients may be sent to what is gone.',
    );
  }
  if (changes('cache') || changes('cache', 'success') || changes('cache', 'denial')) {
    plan.warn(
      'ttl-only-caps',
      'A TTL of the cache only caps: no answer is kept longer than its own TTL, and cluster names have the ttl of the kubernetes plugin.',
    );
  }
  const { lameduckSeconds = 0 } = settings;
  if (changes('health', 'lameduck') && lameduckSeconds >= observed.graceSeconds) {
    plan.refuse(
      'lameduck-beyond-grace',
      `A pod of CoreDNS is killed ${observed.graceSeconds} s after it is told to stop, so it cannot answer for ${lameduckSeconds} s more. Set lameduckSeconds below that.`,
    );
  }
}

function tellAutopath(
  plan: PlanDraft,
  { autopath }: CoreDnsSettings,
  { nodeCaches, memoryLimit }: CoreDnsDeployment,
  corefile: CorefilePlan,
): void {
  if (autopath !== true) return;
  if (nodeCaches.length > 0) {
    plan.refuse(
      'autopath-behind-node-cache',
      `autopath knows a pod by the address that it asks from, and ${listed(nodeCaches)} asks for it. Leave autopath out; the cache on the node answers the search path already.`,
    );
  }
  if (changed(corefile, ['kubernetes', 'pods']) === undefined) return;
  plan.warn(
    'watches-every-pod',
    `With pods verified each CoreDNS pod keeps every pod of the cluster in memory${memoryLimit === null ? '' : `; its limit is ${memoryLimit}`}. Look at its memory afterwards, and at answers to pods that have just started.`,
  );
}

/** Less of what was given needs to be asked for. */
function tellDecrease(
  plan: PlanDraft,
  { allowDecrease }: CoreDnsSettings,
  corefile: CorefilePlan,
): void {
  if (allowDecrease) return;
  const lines = [
    { steps: ['cache', 'success'], name: 'cache.success.capacity', absent: defaultCapacity },
    { steps: ['cache', 'denial'], name: 'cache.denial.capacity', absent: defaultCapacity },
    { steps: ['forward .', 'max_concurrent'], name: 'forward.maxConcurrent', absent: Infinity },
  ];
  for (const { steps, name, absent } of lines) {
    const change = changed(corefile, steps);
    if (change === undefined) continue;
    const now = change.before === undefined ? absent : Number(change.before);
    if (!(Number(change.after) < now)) continue;
    const most = now === Infinity ? 'is unlimited now' : `is ${now} now`;
    plan.refuse(
      'decrease-not-allowed',
      `${name} ${most} and would fall to ${change.after ?? ''}. Set at least as much, or set allowDecrease.`,
    );
  }
}

/** First word before and after of the line that leads there from its block. */
function changed(
  { edits }: CorefilePlan,
  steps: readonly string[],
): { readonly before: string | undefined; readonly after: string | undefined } | undefined {
  const edit = edits.find(({ path }) => path.slice(1).join('\n') === steps.join('\n'));
  if (edit === undefined) return undefined;
  const [before, after] = [edit.before, edit.after].map((words) =>
    Array.isArray(words) && typeof words[0] === 'string' ? words[0] : undefined,
  );
  return { before, after };
}

import { objectText, PlanDraft, type ObjectRef } from '@fairlead/core';
import { byText, listed } from '../by-text.js';
import type { ForeignOwner } from '../foreign-owner.js';
import { isAtLeast } from '../version.js';
import type { DatapathObservation } from './observation.js';
import type { Confirmation, DatapathSettings } from './settings.js';

/** A plan in the making, with what it still needs to be told. */
export class Drafting {
  readonly plan = new PlanDraft('datapath');
  readonly settings: DatapathSettings;
  readonly observed: DatapathObservation;
  readonly #needs = new Map<Confirmation, string>();

  constructor(settings: DatapathSettings, observed: DatapathObservation) {
    this.settings = settings;
    this.observed = observed;
  }

  /** @param because  what it is needed for, the end of a sentence */
  need(confirmation: Confirmation, because: string): void {
    if (!this.#needs.has(confirmation)) this.#needs.set(confirmation, because);
  }

  /** One refusal for everything that nobody has confirmed. */
  tellNeeds(): void {
    const missing = [...this.#needs]
      .filter(([name]) => !this.settings.confirmed.includes(name))
      .toSorted(([a], [b]) => byText(a, b));
    if (missing.length === 0) return;
    const reasons = missing.map(([name, because]) => `${name}: ${because}`).join('; ');
    this.plan.refuse(
      'confirmation-missing',
      `No API tells what this depends on. Put into datapath.confirmed what is so: ${reasons}.`,
    );
  }
}

/** Says no where somebody else keeps the object, with the change for its source. */
export function refuseOwner(
  { plan }: Drafting,
  object: ObjectRef,
  owner: ForeignOwner | null,
  patch: string,
): void {
  if (owner === null) return;
  plan.refuse(
    'parameter-owned',
    `${objectText(object)} is kept by ${owner.name}. ${owner.advice}`,
    {
      patch,
    },
  );
}

/** Nodes and agents as every change of a data plane needs them. */
export function refuseUnfit(drafting: Drafting, kernel: string, what: string): void {
  const { plan, observed } = drafting;
  const unseen = [...observed.cni.unseen, ...observed.unseen];
  if (unseen.length > 0) {
    plan.refuse(
      'cni-not-fully-seen',
      `Not everything that decides about ${what} could be seen: ${unseen.map((one) => `${one.what} (${one.why})`).join(', ')}. Repair it, or grant the right to read it with deploy/rbac/fairlead.yaml.`,
    );
  }
  const linux = observed.nodes.filter(({ os }) => os === 'linux');
  tellNodes(
    'node-not-ready',
    linux.filter(({ ready }) => !ready),
    (names) =>
      `${names} would be left behind by ${what}: not Ready now. Repair the node, or take it out of the cluster.`,
  );
  tellNodes(
    'windows-node',
    observed.nodes.filter(({ os }) => os !== 'linux'),
    (names) =>
      `${names} does not run Linux, where ${what} is not supported. Leave this cluster out.`,
  );
  tellNodes(
    'kernel-too-old',
    linux.filter((node) => !isAtLeast(node.kernel, kernel)),
    (names) =>
      `${what} needs Linux ${kernel} or later, and ${names} runs an older kernel, or one with a vendor’s number. Take newer nodes.`,
  );

  function tellNodes(
    code: string,
    nodes: readonly { name: string }[],
    say: (names: string) => string,
  ) {
    if (nodes.length === 0) return;
    const names = nodes.map(({ name }) => name);
    plan.refuse(code, say(listed(names)), { nodes: names });
  }
}

/** The agents of the CNI, which have to be whole before and to roll afterwards. */
export function refuseUnfitAgents(drafting: Drafting, isRolled: boolean): void {
  const { plan, observed } = drafting;
  const { agents, title, besides } = observed.cni;
  if (besides.length > 0) {
    plan.refuse(
      'cni-chained',
      `${title} runs beside ${listed(besides)}: which of them decides about routes is not for the API to tell. Change it by hand.`,
    );
  }
  if (agents === null) {
    plan.refuse(
      'cni-agents-not-seen',
      `No DaemonSet of ${title} was found. Change it where the nodes are configured.`,
    );
    return;
  }
  if (agents.ready < agents.pods) {
    plan.refuse(
      'cni-agents-not-ready',
      `${agents.pods - agents.ready} of the ${agents.pods} pods of ${objectText(agents.object)} are not ready. Repair them first.`,
    );
  }
  if (isRolled && agents.updateStrategy === 'OnDelete') {
    plan.refuse(
      'workload-will-not-roll',
      `The pods of ${objectText(agents.object)} would not be replaced: its update strategy is OnDelete. Set it to RollingUpdate.`,
    );
  }
}

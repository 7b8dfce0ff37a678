import { z } from 'zod';
import type { RbacRule, Tuner } from '@fairlead/core';
import type { CatalogueParameter, InteractionRule } from '@fairlead/tuners';

const made = 'Made by `node tools/generate-tuner-docs.mjs`; a spec holds it to the source.';

/** docs/parameters.md: the catalogue, one table for each owner. */
export function parametersMarkdown(catalogue: readonly CatalogueParameter[]): string {
  const owners = [...new Set(catalogue.map(({ owner = 'kernel' }) => owner))].toSorted();
  const owned = catalogue.filter(({ tuner }) => tuner !== null).length;
  const tables = owners.map((owner) => {
    const rows = catalogue.filter((one) => (one.owner ?? 'kernel') === owner).map(parameterRow);
    const head = [
      'parameter',
      'what it decides',
      'unit',
      'values',
      'reaches',
      'cost',
      'known',
      'tuner',
      'source',
    ];
    return [`## ${owner}`, '', ...table(head, rows)].join('\n');
  });
  return `# Parameters

${made} ${catalogue.length} parameters, ${owned} of them changed by a tuner; the others are known and left alone. Over the API:
\`listParameters\`. The owner is whose configuration decides the value in the end: Fairlead changes it there, or not at all.

- **reaches**: \`node\` (the host and what is global on it), \`new-pods\` (pods made from now on), \`pod\` (one pod), \`cluster\`.
- **cost** of a change: \`none\`, \`pod-restart\`, \`agent-restart\` (of what owns it), \`node-roll\`, \`connection-cut\`.
- **known**: since which Kubernetes (K) and kernel (L), and the last Kubernetes that knows it.

${tables.join('\n\n')}
`;
}

function parameterRow(parameter: CatalogueParameter): readonly string[] {
  const { name, title, unit, value, scope, cost, tuner, source } = parameter;
  return [
    `\`${name}\``,
    title ?? '',
    unit,
    value === undefined ? '' : valuesText(z.toJSONSchema(value) as ValueSchema),
    scope,
    cost,
    knownText(parameter),
    tuner ?? '',
    `[source](${source})`,
  ];
}

function knownText({ sinceKubernetes, untilKubernetes, sinceKernel }: CatalogueParameter): string {
  return [
    ...(sinceKubernetes === undefined ? [] : [`K ≥ ${sinceKubernetes}`]),
    ...(untilKubernetes === undefined ? [] : [`K ≤ ${untilKubernetes}`]),
    ...(sinceKernel === undefined ? [] : [`L ≥ ${sinceKernel}`]),
  ].join(', ');
}

interface ValueSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly ValueSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly items?: ValueSchema;
  readonly prefixItems?: readonly ValueSchema[];
  readonly 'x-minimum-seconds'?: number;
  readonly 'x-maximum-seconds'?: number;
}

/** Bounds in words; a pattern is left to the API. */
function valuesText(schema: ValueSchema): string {
  const [low, high] = [schema['x-minimum-seconds'], schema['x-maximum-seconds']];
  if (low !== undefined) return `${low} s to ${high} s`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(String).join(', ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(valuesText).join(', or ');
  switch (schema.type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
    case 'number': {
      const steps = schema.multipleOf === undefined ? '' : `, in steps of ${schema.multipleOf}`;
      return `${schema.minimum} to ${schema.maximum}${steps}`;
    }
    case 'array':
      return schema.prefixItems === undefined
        ? `up to ${schema.maxItems} of: ${valuesText(schema.items ?? {})}`
        : schema.prefixItems.map(valuesText).join('; ');
    case 'object':
      return 'values by name';
    default:
      return `text of up to ${schema.maxLength}`;
  }
}

/** docs/tuners/rbac.md: what each tuner needs in a cluster, and why. */
export function rbacMarkdown(
  tuners: readonly Pick<Tuner, 'name' | 'title' | 'rbac'>[],
  base: readonly RbacRule[],
): string {
  const sections = [
    { title: 'Every job and observation', rules: base },
    ...tuners.map(({ name, title, rbac }) => ({ title: `${name}: ${title}`, rules: rbac })),
  ].map(({ title, rules }) => {
    const rows = rules.map(({ scope, apiGroup, resources, resourceNames = [], verbs, reason }) => [
      scope === 'cluster' ? 'whole cluster' : scope.namespace,
      apiGroup === '' ? 'core' : apiGroup,
      resources.join(', '),
      resourceNames.length === 0 ? 'any' : resourceNames.join(', '),
      verbs.join(', '),
      reason,
    ]);
    const head = ['where', 'API group', 'resources', 'names', 'verbs', 'why'];
    return [`## ${title}`, '', ...table(head, rows)].join('\n');
  });
  return `# Rights of each tuner

${made} The manifest with all of them is [deploy/rbac/fairlead.yaml](../../deploy/rbac/fairlead.yaml); leave out what belongs
to tuners that you do not use. \`getCluster\` names the rights that a registered account lacks.

${sections.join('\n\n')}
`;
}

/** docs/tuners/interactions.md: what is checked across the tuners of one profile. */
export function interactionsMarkdown(rules: readonly InteractionRule[]): string {
  const rows = rules.map(({ code, sentence, source }) => [
    `\`${code}\``,
    sentence,
    `[source](${source})`,
  ]);
  return `# What is checked across tuners

${made} Each tuner plans for itself; these rules look at the plans of one profile together, and at what the tuners saw.
A rule refuses the whole profile, or warns, under its code. Besides them, two tuners that write one parameter with different
values are refused as \`ownership-conflict\`, naming both with their two values.

${table(['code', 'what meets what', 'source'], rows).join('\n')}
`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

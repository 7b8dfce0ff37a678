import { z } from 'zod';
import { NodeChoice, UnsupportedNodes } from '../node-choice.js';
import { reachOf } from '@fairlead/core';
import { catalogue, sysctlKeys, type SysctlKey, type SysctlValue } from './catalogue.js';

/** Exactly this value, or at least this: what is more already stays. */
export type AskedValue = { readonly value: SysctlValue } | { readonly atLeast: SysctlValue };

export type HostKeys = Readonly<Partial<Record<SysctlKey, AskedValue>>>;
export type PodKeys = Readonly<Partial<Record<SysctlKey, SysctlValue>>>;

function described(key: SysctlKey): string {
  const { unit, bounds, kernelDefault, caveat } = catalogue[key];
  const usual = kernelDefault === '' ? 'empty' : kernelDefault;
  return [`Unit: ${unit}.`, bounds, `Default: ${usual}.`, caveat].filter(Boolean).join(' ');
}

function askedShape(key: SysctlKey): z.ZodType<AskedValue> {
  const { shape, growth } = catalogue[key];
  const exact = z.strictObject({ value: shape });
  const asked = growth === null ? exact : z.union([exact, z.strictObject({ atLeast: shape })]);
  return asked.meta({ description: described(key) });
}

function keyed(keys: readonly SysctlKey[], shapeOf: (key: SysctlKey) => z.ZodType): z.ZodRawShape {
  return Object.fromEntries(keys.map((key) => [key, shapeOf(key).optional()]));
}

const HostKeys = z.strictObject(keyed(sysctlKeys, askedShape)).meta({
  description:
    'Kernel keys in the host’s network namespace of each node: an exact `value`, or `atLeast`, which leaves alone what is more already.',
}) as unknown as z.ZodType<HostKeys>;

/** Keys that exist once per machine have no value of their own inside a pod. */
const podKeys = sysctlKeys.filter((key) => reachOf(key) !== 'all-pods');

const PodKeys = z
  .strictObject(keyed(podKeys, (key) => catalogue[key].shape.meta({ description: described(key) })))
  .refine((keys) => Object.keys(keys).length > 0, 'must name at least one key')
  .meta({
    description: 'Kernel keys in the network namespaces of a workload’s own pods.',
  }) as unknown as z.ZodType<PodKeys>;

const dnsLabel = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
const dnsName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/);

/** A workload whose pods are replaced to get the keys. StatefulSets are left out: rolling one is its owner’s call. */
const PodWorkload = z.strictObject({
  namespace: dnsLabel,
  kind: z.enum(['Deployment', 'DaemonSet']),
  name: dnsName,
  sysctls: PodKeys,
});

export const SysctlSettings = z
  .strictObject({
    host: HostKeys.optional(),
    pods: z
      .array(PodWorkload)
      .max(50)
      .refine(
        (workloads) =>
          new Set(workloads.map(({ namespace, kind, name }) => `${namespace}/${kind}/${name}`))
            .size === workloads.length,
        'must name each workload once',
      )
      .optional()
      .meta({
        description: 'Workloads whose pod templates get the keys; their pods are replaced.',
      }),
    allowDecrease: z.boolean().default(false).meta({
      description:
        'Whether an exact value may lower what a node, or a pod template, has more of. False: such nodes keep theirs and the plan says so.',
    }),
    persist: z.enum(['daemonset', 'until-reboot']).default('until-reboot').meta({
      description:
        'daemonset: a DaemonSet of ours writes the host keys again whenever a node starts, and on nodes that join. until-reboot: nothing of ours stays in the cluster.',
    }),
    unsupportedNodes: UnsupportedNodes,
    nodes: NodeChoice.meta({
      description: 'Only nodes with these labels; all Linux nodes without it.',
    }),
  })
  .refine(({ host, pods }) => Object.keys(host ?? {}).length + (pods ?? []).length > 0, {
    message: 'must ask for at least one key, under host or pods',
  })
  .refine(({ host }) => isRising(host ?? {}), {
    message: 'gc_thresh1, gc_thresh2 and gc_thresh3 must not fall',
    path: ['host'],
  });
export type SysctlSettings = z.infer<typeof SysctlSettings>;
export type PodWorkload = z.infer<typeof PodWorkload>;

function isRising(host: HostKeys): boolean {
  const asked = [1, 2, 3].flatMap((at) => {
    const ask = host[`net.ipv4.neigh.default.gc_thresh${at as 1 | 2 | 3}`];
    const value = ask === undefined ? undefined : askedValue(ask);
    return typeof value === 'number' ? [value] : [];
  });
  return asked.every((value, at) => at === 0 || value >= (asked[at - 1] ?? 0));
}

export function askedValue(asked: AskedValue): SysctlValue {
  return 'value' in asked ? asked.value : asked.atLeast;
}

import { z } from 'zod';

const dnsLabel = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
const dnsName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/);
const labels = z
  .record(z.string().min(1).max(317), z.string().max(63))
  .refine((given) => Object.keys(given).length > 0, 'must name a label');

/** The C libraries read no more than 15 (glibc's RES_MAXNDOTS). */
export const Ndots = z.int().min(1).max(15).meta({
  description:
    'A name with fewer dots than this is tried with each domain of the search path first. The kubelet gives 5; 2 makes names such as api.example.com cost one question instead of four, but does nothing for example.com.',
});

const kinds = ['DaemonSet', 'Deployment', 'StatefulSet'] as const;

const WorkloadNdots = z.strictObject({
  namespace: dnsLabel,
  kind: z.enum(kinds),
  name: dnsName,
  ndots: Ndots,
});
export type WorkloadNdots = z.infer<typeof WorkloadNdots>;

const NewPodsNdots = z
  .strictObject({
    namespaces: z.array(dnsLabel).min(1).max(50).optional().meta({
      description: 'Namespaces whose new pods get the value.',
    }),
    namespaceLabels: labels.optional().meta({
      description: 'Only namespaces with these labels, also ones that are made later.',
    }),
    podLabels: labels.optional().meta({ description: 'Only pods with these labels.' }),
    ndots: Ndots,
  })
  .refine(
    ({ namespaces, namespaceLabels }) => (namespaces ?? namespaceLabels) !== undefined,
    'must name namespaces or their labels: a policy for all pods is nobody’s wish',
  );
export type NewPodsNdots = z.infer<typeof NewPodsNdots>;

export const NdotsSettings = z
  .strictObject({
    workloads: z
      .array(WorkloadNdots)
      .max(50)
      .refine(
        (asked) => isEachOnce(asked.map((one) => `${one.kind} ${one.namespace}/${one.name}`)),
        'must name each workload once',
      )
      .optional()
      .meta({
        description: 'Workloads whose pod templates get the value; their pods are replaced.',
      }),
    newPods: z
      .array(NewPodsNdots)
      .max(20)
      .refine(
        (asked) => isEachOnce(asked.flatMap(({ namespaces = [] }) => namespaces)),
        'must name each namespace once',
      )
      .optional()
      .meta({
        description:
          'Pods that get the value from an admission policy when they are made, unless they say one themselves. Needs Kubernetes 1.36, or 1.34 with the beta API enabled.',
      }),
  })
  .refine(
    ({ workloads, newPods }) => (workloads ?? []).length + (newPods ?? []).length > 0,
    'must ask for something, under workloads or newPods',
  );
export type NdotsSettings = z.infer<typeof NdotsSettings>;

function isEachOnce(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}

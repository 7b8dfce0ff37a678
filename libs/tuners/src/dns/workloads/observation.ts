import { z } from 'zod';
import { AnyJson, ObjectRef } from '@fairlead/core';
import { ForeignOwner } from '../../foreign-owner.js';

const SearchName = z.strictObject({ name: z.string(), where: z.string() });

/** A workload that the settings name, as far as its pods' DNS goes. */
export const DnsWorkload = z.strictObject({
  object: ObjectRef,
  owner: ForeignOwner.nullable(),
  hostNetwork: z.boolean(),
  dnsPolicy: z.string(),
  isWindows: z.boolean(),
  /** `dnsConfig` of the pod template as it stands; null when there is none. */
  dnsConfig: AnyJson,
  updateStrategy: z.string(),
  paused: z.boolean(),
  /** Of a StatefulSet: pods below it are not replaced. */
  partition: z.int().nonnegative(),
  /** Pods that a change of the template replaces. */
  pods: z.int().nonnegative(),
  /** For a list of its pods; null when its selector says something that a text cannot. */
  labelSelector: z.string().nullable(),
  /** Names of Services that only the search path completes, by where they stand. */
  searchNames: z.array(SearchName),
  /** Places that could hold names and could not be looked at. */
  unseen: z.array(z.string()),
  /** Search path of one of its pods; null when none could be looked into. */
  searches: z.array(z.string()).nullable(),
  /** True when a container of its pods, or the name of an image, is musl's; null when nobody could see. */
  isMusl: z.boolean().nullable(),
});
export type DnsWorkload = z.infer<typeof DnsWorkload>;

/** Which pods a policy is for. */
export const PodSelection = z.strictObject({
  namespaces: z.array(z.string()).nullable(),
  namespaceLabels: z.record(z.string(), z.string()).nullable(),
  podLabels: z.record(z.string(), z.string()).nullable(),
});
export type PodSelection = z.infer<typeof PodSelection>;

export const NdotsObservation = z.strictObject({
  ownNamespace: z.string(),
  version: z.string(),
  /** Of those that the settings name, the ones that are there. */
  workloads: z.array(DnsWorkload),
  /** Null unless the settings ask for new pods. */
  policies: z
    .strictObject({
      /** The version in which the API server serves MutatingAdmissionPolicy; null when it does not. */
      api: z.enum(['v1', 'v1beta1']).nullable(),
      /** Policies of the names that we would give, by what stands in their hash annotation; null for a stranger's. */
      standing: z.array(z.strictObject({ name: z.string(), contentHash: z.string().nullable() })),
      /** By the policy's name: running pods that were made without the value. */
      running: z.array(
        z.strictObject({
          policy: z.string(),
          pods: z.int().nonnegative(),
          examples: z.array(z.string()),
        }),
      ),
    })
    .nullable(),
  /** Deployments by whether their template says ndots; null when the settings name what to look at. */
  survey: z
    .strictObject({ withNdots: z.int().nonnegative(), without: z.int().nonnegative() })
    .nullable(),
});
export type NdotsObservation = z.infer<typeof NdotsObservation>;

import { z } from 'zod';
import { ObjectRef } from '@fairlead/core';
import { ForeignOwner } from '../foreign-owner.js';

const text = z.string().nullable();

/** One IPPool, in whichever of Calico's two API groups it was read. */
export const SeenPool = z.strictObject({
  object: ObjectRef,
  cidr: z.string(),
  /** `Never`, `Always`, `CrossSubnet`; null when it is not written, which means Never. */
  ipipMode: text,
  vxlanMode: text,
  disabled: z.boolean(),
  /** The operator's own label: it takes every direct change back. */
  keptByOperator: z.boolean(),
  owner: ForeignOwner.nullable(),
});
export type SeenPool = z.infer<typeof SeenPool>;

/** One entry of `Installation.spec.calicoNetwork.ipPools`, at its place in the list. */
export const InstallationPool = z.strictObject({
  at: z.int().nonnegative(),
  name: text,
  cidr: z.string(),
  encapsulation: text,
});
export type InstallationPool = z.infer<typeof InstallationPool>;

export const SeenInstallation = z.strictObject({
  object: ObjectRef,
  owner: ForeignOwner.nullable(),
  linuxDataplane: text,
  bgp: text,
  cniType: text,
  bpfNetworkBootstrap: text,
  kubeProxyManagement: text,
  pools: z.array(InstallationPool),
});
export type SeenInstallation = z.infer<typeof SeenInstallation>;

/** Calico's configuration. Sources: domain.md 5.2, 6.1. */
export const SeenCalico = z.strictObject({
  /** Null where it was installed by manifest. */
  installation: SeenInstallation.nullable(),
  pools: z.array(SeenPool),
  /** Whether projectcalico.org/v3 is served: the only group that validates what is written to it. */
  isApiServed: z.boolean(),
  felix: z
    .strictObject({
      object: ObjectRef,
      owner: ForeignOwner.nullable(),
      bpfEnabled: z.boolean().nullable(),
      nftablesMode: text,
      wireguardEnabled: z.boolean(),
    })
    .nullable(),
  /** `FELIX_*` of the agents' environment, which overrules the FelixConfiguration. */
  felixEnvironment: z.record(z.string(), z.string()),
  /** Of a manifest's calico-config: `bird`, `vxlan`, `none`. */
  backend: text,
  /** The ConfigMap kubernetes-services-endpoint: how agents reach the API without kube-proxy. */
  apiEndpoint: z.strictObject({ object: ObjectRef, host: z.string(), port: z.string() }).nullable(),
});
export type SeenCalico = z.infer<typeof SeenCalico>;

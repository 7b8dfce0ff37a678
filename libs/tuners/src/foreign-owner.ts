import { z } from 'zod';
import type { SeenObject } from '@fairlead/core';
import { isObject, listAt, textAt, textsAt } from './json-reading.js';

/** Who keeps an object as it is and would take our change back, and where a change belongs instead. */
export const ForeignOwner = z.strictObject({ name: z.string(), advice: z.string() });
export type ForeignOwner = z.infer<typeof ForeignOwner>;

type Texts = Readonly<Record<string, string>>;

/**
 * Who keeps an object, as far as its metadata tells; null when nobody seems to.
 * An opt-out that the owner itself defines (Flux `reconcile: disabled`, add-on mode `EnsureExists`) counts.
 * Source: domain.md 8.4.
 */
export function foreignOwnerOf(object: SeenObject): ForeignOwner | null {
  const labels = textsAt(object, ['metadata', 'labels']);
  const annotations = textsAt(object, ['metadata', 'annotations']);
  return (
    argoCd(labels, annotations) ??
    flux(labels, annotations) ??
    helm(labels, annotations) ??
    addOnManager(labels, annotations) ??
    byFieldManager(object) ??
    byOwnerReference(object)
  );
}

function argoCd(labels: Texts, annotations: Texts): ForeignOwner | null {
  const tracking = annotations['argocd.argoproj.io/tracking-id'];
  const name = tracking?.split(':')[0] ?? labels['argocd.argoproj.io/instance'];
  if (name === undefined) return null;
  return {
    name: `Argo CD application ${name}`,
    advice: 'Change it in the Git source of the application: self-heal takes a direct change back.',
  };
}

function flux(labels: Texts, annotations: Texts): ForeignOwner | null {
  if (annotations['kustomize.toolkit.fluxcd.io/reconcile'] === 'disabled') return null;
  const kustomization = labels['kustomize.toolkit.fluxcd.io/name'];
  const release = labels['helm.toolkit.fluxcd.io/name'];
  if (kustomization === undefined && release === undefined) return null;
  return {
    name:
      kustomization === undefined
        ? `Flux HelmRelease ${release}`
        : `Flux Kustomization ${kustomization}`,
    advice: 'Change it in the Git source that Flux reconciles.',
  };
}

function helm(labels: Texts, annotations: Texts): ForeignOwner | null {
  const release = annotations['meta.helm.sh/release-name'];
  if (release === undefined && labels['app.kubernetes.io/managed-by'] !== 'Helm') return null;
  return {
    name: release === undefined ? 'Helm' : `Helm release ${release}`,
    advice: 'Change it in the values of the release: the next upgrade overwrites a direct change.',
  };
}

function addOnManager(labels: Texts, annotations: Texts): ForeignOwner | null {
  if (labels['addonmanager.kubernetes.io/mode'] === 'Reconcile') {
    return {
      name: 'the cluster’s add-on manager',
      advice: 'Change it in the add-on’s configuration at the provider.',
    };
  }
  const addon = annotations['objectset.rio.cattle.io/owner-name'];
  if (addon !== undefined) {
    return {
      name: `the add-on controller (${addon})`,
      advice: 'Change it in the manifest that the controller deploys.',
    };
  }
  if (annotations['resources.gardener.cloud/origin'] !== undefined) {
    return { name: 'Gardener', advice: 'Change it in the Shoot.' };
  }
  return null;
}

/** Managers of fields that reconcile what they wrote; `kubectl` and `kubeadm` write once and leave. */
const managers: Readonly<Record<string, ForeignOwner>> = {
  eks: { name: 'the EKS add-on', advice: 'Change it through the add-on’s configuration values.' },
  aksService: { name: 'AKS', advice: 'Change it through the AKS API.' },
  'argocd-controller': { name: 'Argo CD', advice: 'Change it in the application’s Git source.' },
  'kustomize-controller': { name: 'Flux', advice: 'Change it in the Git source.' },
  'helm-controller': { name: 'Flux', advice: 'Change it in the HelmRelease.' },
  kops: { name: 'kOps', advice: 'Change it in the cluster spec and run kops update.' },
  talos: { name: 'Talos', advice: 'Change it in the machine configuration.' },
  'cluster-network-operator': {
    name: 'the Cluster Network Operator',
    advice: 'Change it in network.operator.openshift.io/cluster.',
  },
};

function byFieldManager(object: SeenObject): ForeignOwner | null {
  const names = listAt(object, ['metadata', 'managedFields'])
    // What a manager wrote to the status alone does not make it the owner.
    .filter((entry) => textAt(entry, ['subresource']) === null)
    .map((entry) => textAt(entry, ['manager']) ?? '');
  for (const name of names.toSorted()) {
    const owner = Object.hasOwn(managers, name) ? managers[name] : undefined;
    if (owner !== undefined) return owner;
  }
  return null;
}

function byOwnerReference(object: SeenObject): ForeignOwner | null {
  const controller = listAt(object, ['metadata', 'ownerReferences']).find(
    (reference) => isObject(reference) && reference['controller'] === true,
  );
  if (controller === undefined) return null;
  const kind = textAt(controller, ['kind']) ?? 'object';
  return {
    name: `${kind} ${textAt(controller, ['name']) ?? ''}`.trim(),
    advice: `Change the ${kind}: its controller reconciles what it owns.`,
  };
}

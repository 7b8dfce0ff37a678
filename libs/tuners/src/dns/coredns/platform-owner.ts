import type { ForeignOwner } from '../../foreign-owner.js';
import type { NodePlatform } from '../../node-platform.js';

type Part = 'corefile' | 'deployment';

/**
 * Platforms that keep CoreDNS themselves, whatever its objects' metadata say, and where each lets it be
 * changed. Source: domain.md 4.3, 4.4.
 */
const owners: Readonly<Partial<Record<NodePlatform, Readonly<Record<Part, ForeignOwner>>>>> = {
  aks: {
    corefile: {
      name: 'AKS',
      advice:
        'Put it into ConfigMap kube-system/coredns-custom under a key that ends in .override, and restart the Deployment.',
    },
    deployment: {
      name: 'AKS',
      advice: 'Change ConfigMap kube-system/coredns-autoscaler, which AKS scales CoreDNS by.',
    },
  },
  k3s: {
    corefile: {
      name: 'the add-on controller of k3s',
      advice:
        'Put it into ConfigMap kube-system/coredns-custom under a key that ends in .override.',
    },
    deployment: {
      name: 'the add-on controller of k3s',
      advice: 'Start k3s with --disable=coredns and deploy CoreDNS yourself.',
    },
  },
  rke2: {
    corefile: {
      name: 'Helm chart rke2-coredns',
      advice: 'Set spec.valuesContent of HelmChartConfig kube-system/rke2-coredns.',
    },
    deployment: {
      name: 'Helm chart rke2-coredns',
      advice: 'Set autoscaler in HelmChartConfig kube-system/rke2-coredns.',
    },
  },
  kops: {
    corefile: { name: 'kOps', advice: 'Set spec.kubeDNS.externalCoreFile in the cluster spec.' },
    deployment: {
      name: 'kOps',
      advice: 'Change ConfigMap kube-system/coredns-autoscaler, which kOps scales CoreDNS by.',
    },
  },
  gardener: {
    corefile: {
      name: 'Gardener',
      advice: 'Put it into ConfigMap kube-system/coredns-custom.',
    },
    deployment: {
      name: 'Gardener',
      advice: 'Set spec.systemComponents.coreDNS.autoscaling in the Shoot.',
    },
  },
};

/** Null where no node tells of such a platform. */
export function ownerOnPlatform(
  part: Part,
  platforms: ReadonlySet<NodePlatform>,
): ForeignOwner | null {
  for (const platform of [...platforms].toSorted()) {
    const owner = owners[platform]?.[part];
    if (owner !== undefined) return owner;
  }
  return null;
}

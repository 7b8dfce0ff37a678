import { z } from 'zod';

/**
 * What no API tells, and what each of these changes depends on. A plan that needs one is refused until
 * whoever asks for it has said that it is so.
 */
export const confirmations = [
  'api-address-is-stable',
  'connections-may-be-cut',
  'network-passes-ipip',
  'network-passes-vxlan',
  'network-routes-pods',
  'nodes-share-one-network',
  'pod-mtu-fits',
] as const;
export const Confirmation = z.enum(confirmations);
export type Confirmation = z.infer<typeof Confirmation>;

/** Calico's own words for a pool's encapsulation (Installation.spec.calicoNetwork.ipPools). */
export const CalicoEncapsulation = z.enum([
  'VXLAN',
  'VXLANCrossSubnet',
  'IPIP',
  'IPIPCrossSubnet',
  'None',
]);
export type CalicoEncapsulation = z.infer<typeof CalicoEncapsulation>;

const isAsked = (settings: object) => Object.values(settings).some((value) => value !== undefined);

export const CiliumSettings = z
  .strictObject({
    kubeProxyReplacement: z.boolean().optional().meta({
      description:
        'Whether Cilium handles all Services itself. Switching it on also keeps kube-proxy off the nodes; connections through Services that are open at that moment break.',
    }),
    routingMode: z.enum(['tunnel', 'native']).optional().meta({
      description:
        'tunnel: pods’ packets travel encapsulated between nodes. native: the network itself knows the way to pods, by routes of the nodes or of its routers.',
    }),
    ipv4NativeRoutingCIDR: z.cidrv4().optional().meta({
      description:
        'For native routing: the range within which addresses are not translated. It has to hold every pod’s address.',
    }),
    autoDirectNodeRoutes: z.boolean().optional().meta({
      description:
        'For native routing: whether each node puts routes to the pods of the others. All nodes have to be on one network then, without a router in between.',
    }),
  })
  .refine(isAsked, 'must ask for something')
  .refine(
    ({ routingMode, ipv4NativeRoutingCIDR, autoDirectNodeRoutes }) =>
      routingMode === 'native' ||
      (ipv4NativeRoutingCIDR === undefined && autoDirectNodeRoutes === undefined),
    'ipv4NativeRoutingCIDR and autoDirectNodeRoutes go with routingMode native',
  );
export type CiliumSettings = z.infer<typeof CiliumSettings>;

export const CalicoSettings = z
  .strictObject({
    encapsulation: CalicoEncapsulation.optional().meta({
      description:
        'How packets between pods of different nodes are wrapped, for all IPv4 pools. The CrossSubnet words wrap only between nodes of different subnets; None never does.',
    }),
    bpf: z.boolean().optional().meta({
      description:
        'Whether Calico’s eBPF data plane handles pods’ packets and Services. Switching it on also keeps kube-proxy off the nodes; switching it off cuts connections.',
    }),
  })
  .refine(isAsked, 'must ask for something');
export type CalicoSettings = z.infer<typeof CalicoSettings>;

export const DatapathSettings = z
  .strictObject({
    cilium: CiliumSettings.optional().meta({
      description: 'For clusters whose CNI is Cilium; others leave it aside.',
    }),
    calico: CalicoSettings.optional().meta({
      description: 'For clusters whose CNI is Calico; others leave it aside.',
    }),
    confirmed: z.array(Confirmation).default([]).meta({
      description:
        'What you know of your network and no API tells. A plan that depends on one of them is refused without it, and says why.',
    }),
  })
  .refine(({ cilium, calico }) => cilium !== undefined || calico !== undefined, {
    message: 'must ask for something of cilium or calico',
  });
export type DatapathSettings = z.infer<typeof DatapathSettings>;

import { z } from 'zod';
import { CoreDnsSettings } from './coredns/settings.js';
import { NodeLocalSettings } from './node-local/settings.js';
import { NdotsSettings } from './workloads/settings.js';

/** What may be asked of DNS, part by part. Each part plans for itself; plan.ts orders them. */
export const DnsSettings = z
  .strictObject({
    coredns: CoreDnsSettings.optional().meta({
      description: 'The cluster’s DNS server: its cache, its forwarding and how many of it run.',
    }),
    nodeLocal: NodeLocalSettings.optional().meta({
      description: 'A DNS cache on every node, installed by us and taken away by an undo.',
    }),
    ndots: NdotsSettings.optional().meta({
      description:
        'How many dots make a name that pods ask for as it stands, before the search path.',
    }),
  })
  .refine(
    (parts) => Object.values(parts).some((part) => part !== undefined),
    'must ask for something',
  );
export type DnsSettings = z.infer<typeof DnsSettings>;

import { z } from 'zod';
import { CoreDnsSettings } from './coredns/settings.js';

/** What may be asked of DNS, part by part. Each part plans for itself; plan.ts orders them. */
export const DnsSettings = z
  .strictObject({
    coredns: CoreDnsSettings.optional().meta({
      description: 'The cluster’s DNS server: its cache, its forwarding and how many of it run.',
    }),
  })
  .refine(
    (parts) => Object.values(parts).some((part) => part !== undefined),
    'must ask for something',
  );
export type DnsSettings = z.infer<typeof DnsSettings>;

import { z } from 'zod';
import { schedulers } from './fields.js';
import { proxyModes } from './version-clock.js';

/**
 * A full sync rewrites everything that drifted. Below 5 s it is a constant load; above an hour a rule
 * that another program removed stays away for longer than anybody looks.
 */
const SyncPeriod = z.int().min(5).max(3600).optional();
/**
 * The least time between two syncs. Since 1.28 a sync writes only what changed, so more than the
 * default 1 s delays every change of a Service; more than 60 s was a remedy of older releases.
 */
const MinSyncPeriod = z.int().min(1).max(60).optional();
const sync = {
  syncPeriodSeconds: SyncPeriod.meta({
    description: 'Seconds between full syncs of all rules, 5 to 3600. Default of kube-proxy: 30.',
  }),
  minSyncPeriodSeconds: MinSyncPeriod.meta({
    description:
      'Least seconds between two syncs, 1 to 60. More than 1 delays every change of a Service. Default of kube-proxy: 1.',
  }),
};
const masqueradeAll = z.boolean().optional().meta({
  description:
    'Whether the source address of every connection through a Service is translated. It hides clients’ addresses from servers.',
});
const Timeout = z.int().min(10).max(86_400).optional();

/** An address range, or a word that newer versions know. Source: domain.md 1.1, 1.3.5. */
const NodePortAddress = z.union([z.cidrv4(), z.cidrv6(), z.enum(['primary', 'localhost', 'all'])]);

/** What a user may take upon himself; each names a refusal that it lifts. */
export const acknowledgements = ['localhost-node-ports'] as const;

export const KubeProxySettings = z
  .strictObject({
    mode: z
      .enum(['keep', ...proxyModes])
      .default('keep')
      .meta({
        description:
          'The mode that kube-proxy is to run in: nftables, iptables or ipvs; keep changes only what stands below. ipvs is deprecated since Kubernetes 1.35.',
      }),
    iptables: z
      .strictObject({
        ...sync,
        masqueradeAll,
        localhostNodePorts: z.boolean().optional().meta({
          description: 'Whether NodePorts answer on 127.0.0.1 too. Default of kube-proxy: true.',
        }),
      })
      .optional()
      .meta({ description: 'Fields for iptables mode; masqueradeAll also for ipvs mode.' }),
    nftables: z
      .strictObject({ ...sync, masqueradeAll })
      .optional()
      .meta({ description: 'Fields for nftables mode.' }),
    ipvs: z
      .strictObject({
        scheduler: z.enum(schedulers).optional().meta({
          description:
            'How a connection finds its pod: rr, wrr, lc, wlc, lblc, lblcr, sh, dh, sed, nq or mh. Each node counts only its own connections. Default of kube-proxy: rr.',
        }),
        ...sync,
        strictARP: z.boolean().optional().meta({
          description:
            'Whether the node answers ARP only for addresses of the interface that was asked, as MetalLB’s layer 2 mode needs.',
        }),
        tcpTimeoutSeconds: Timeout.meta({
          description:
            'Seconds that a silent TCP connection is kept, 10 to 86400. Kernel default: 900.',
        }),
        tcpFinTimeoutSeconds: Timeout.meta({
          description:
            'Seconds that a closing TCP connection is kept, 10 to 86400. Kernel default: 120.',
        }),
        udpTimeoutSeconds: Timeout.meta({
          description: 'Seconds that a silent UDP flow is kept, 10 to 86400. Kernel default: 300.',
        }),
      })
      .optional()
      .meta({ description: 'Fields for ipvs mode.' }),
    nodePortAddresses: z.array(NodePortAddress).min(1).max(32).optional().meta({
      description:
        'Addresses of the nodes on which NodePorts answer: ranges such as 0.0.0.0/0 and ::/0, or primary (since 1.31), localhost and all (since 1.37). By default all in iptables and ipvs mode, only the primary one in nftables mode.',
    }),
    canaries: z
      .strictObject({
        matchLabels: z
          .record(z.string().max(317), z.string().max(63))
          .refine((labels) => Object.keys(labels).length > 0, 'must name a label'),
      })
      .optional()
      .meta({
        description:
          'Nodes with these labels switch first. Without it one worker goes first; control-plane nodes always go last.',
      }),
    secondsPerNode: z.int().min(30).max(1800).default(180).meta({
      description:
        'Seconds that a node may take from the end of its old kube-proxy until the new one is healthy, 30 to 1800. The next node waits for it; when the time is over, every node goes back.',
    }),
    acknowledge: z.array(z.enum(acknowledgements)).default([]).meta({
      description:
        'What you take upon yourself: localhost-node-ports (NodePorts on 127.0.0.1 stop answering in nftables mode).',
    }),
  })
  .refine(
    ({ mode, iptables = {}, nftables = {}, ipvs = {}, nodePortAddresses }) =>
      mode !== 'keep' ||
      nodePortAddresses !== undefined ||
      [iptables, nftables, ipvs].some((section) => Object.keys(section).length > 0),
    'must ask for something',
  );
export type KubeProxySettings = z.infer<typeof KubeProxySettings>;

import { z } from 'zod';
import { UnsupportedNodes } from '../node-choice.js';

/**
 * Bytes of the largest IP packet that a pod's link takes. Less than 576 is below what every IPv4 host
 * takes (RFC 791), and IPv6 needs 1280; 65535 is the largest packet there is.
 */
export const PodMtu = z.int().min(576).max(65_535);

export const MtuSettings = z
  .strictObject({
    podMtu: z.union([PodMtu, z.literal('from-path')]).meta({
      description:
        'Bytes of the largest packet that a pod sends: 576 to 65535, or from-path for as much as the path between any two nodes carries, less what the pod network wraps around it.',
    }),
    recreatePods: z.enum(['none', 'listed']).default('none').meta({
      description:
        'What becomes of pods that already run, which keep the MTU that they were made with: none leaves them, listed has their workloads roll, in the order that the plan shows.',
    }),
    namespaces: z.array(z.string().min(1).max(63)).max(100).optional().meta({
      description:
        'Namespaces whose workloads are rolled with recreatePods listed. Each needs rights of its own, see the README.',
    }),
    unsupportedNodes: UnsupportedNodes,
  })
  .refine(({ recreatePods, namespaces = [] }) => recreatePods === 'none' || namespaces.length > 0, {
    message: 'must name the namespaces whose pods are recreated',
    path: ['namespaces'],
  });
export type MtuSettings = z.infer<typeof MtuSettings>;

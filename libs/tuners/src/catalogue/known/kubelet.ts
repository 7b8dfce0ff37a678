import { z } from 'zod';
import type { KnownParameter } from '../catalogue.js';
import { duration, either, ipv4Address, listOf, named, whole, yesOrNo } from '../values.js';

const source = 'https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/';

/** Fields of `KubeletConfiguration` that decide what the network can do. The kubelet reads them when it starts. */
export const kubeletParameters: readonly KnownParameter[] = (
  [
    {
      name: 'kubelet.maxPods',
      title: 'pods of a node, at most; the node’s pod range must hold as many addresses',
      unit: 'pods',
      value: whole(1, 1000),
      cost: 'agent-restart',
      scope: 'node',
    },
    {
      name: 'kubelet.podsPerCore',
      title: 'pods for each CPU, at most; 0 for no such limit',
      unit: 'pods',
      value: whole(0, 100),
      cost: 'agent-restart',
      scope: 'node',
    },
    {
      name: 'kubelet.podPidsLimit',
      title:
        'processes of a pod, at most; -1 for no limit. A server that forks for connections meets it',
      unit: 'processes',
      value: whole(-1, 4_194_304),
      cost: 'agent-restart',
      scope: 'new-pods',
    },
    {
      name: 'kubelet.allowedUnsafeSysctls',
      title:
        'kernel keys beyond the safe ones that pods may ask for; others are rejected after scheduling',
      unit: 'names, or patterns that end in *',
      value: listOf(named(/^(net|kernel|fs)\.[a-z0-9_.]+\*?$/, 128), 64),
      cost: 'agent-restart',
      scope: 'node',
    },
    {
      name: 'kubelet.defaultPodSysctls',
      title: 'kernel keys that every new pod gets; a global one makes every pod fail',
      unit: 'values by key',
      value: z.record(z.string().regex(/^net\.[a-z0-9_.]+$/), z.string().max(64)),
      cost: 'agent-restart',
      scope: 'new-pods',
      sinceKubernetes: '1.37',
    },
    {
      name: 'kubelet.clusterDNS',
      title:
        'name servers that new pods get; NodeLocal DNSCache beside IPVS needs its own address here',
      unit: 'addresses',
      value: listOf(ipv4Address, 3),
      cost: 'agent-restart',
      scope: 'new-pods',
    },
    {
      name: 'kubelet.clusterDomain',
      title: 'the domain at the end of every search path',
      unit: 'name',
      value: named(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 253),
      cost: 'agent-restart',
      scope: 'new-pods',
    },
    {
      name: 'kubelet.resolvConf',
      title: 'the file from which pods inherit search domains; each adds two queries to a walk',
      unit: 'path',
      value: named(/^(\/[A-Za-z0-9._-]+)+$/, 255),
      cost: 'agent-restart',
      scope: 'new-pods',
    },
    {
      name: 'kubelet.makeIPTablesUtilChains',
      title: 'chains of the kubelet’s own in iptables',
      unit: 'choice',
      value: yesOrNo,
      cost: 'agent-restart',
      scope: 'node',
    },
    {
      name: 'kubelet.hairpinMode',
      title: 'whether a pod reaches itself through its Service on a bridge',
      unit: 'choice',
      value: either('promiscuous-bridge', 'hairpin-veth', 'none'),
      cost: 'agent-restart',
      scope: 'node',
    },
    {
      name: 'kubelet.streamingConnectionIdleTimeout',
      title:
        'idle time after which exec, attach and port-forward are cut; our agents live on attach',
      unit: 'duration',
      value: duration(300, 86_400),
      cost: 'agent-restart',
      scope: 'node',
    },
  ] as const
).map((parameter) => ({ ...parameter, owner: 'kubelet', source }));

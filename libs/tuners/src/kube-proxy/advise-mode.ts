import type { Evidence, Finding } from '@fairlead/core';
import { listed } from '../by-text.js';
import { isAtLeast } from '../version.js';
import { finding, keps, type AdviceInput } from './findings.js';
import { nftablesKernel } from './preflight.js';
import { fewServices } from './switch-effects.js';
import { milestones, startsIn } from './version-clock.js';

/** Milliseconds of a sync above which a Service's change is felt to wait. Source: domain.md 1.7 (KEP-3453). */
const slowSyncMilliseconds = 1000;

/** IPVS has an end: from which version on it is a matter of dates. Source: domain.md 1.2 (KEP-5495). */
export function adviseIpvs(input: AdviceInput): Finding[] {
  if (input.mode !== 'ipvs') return [];
  const { version, nodes } = input;
  const isDeprecated = isAtLeast(version, milestones.ipvsDeprecated);
  const unable = unableNodes(input);
  const way =
    unable.length === 0
      ? 'Switch to nftables before that upgrade.'
      : `Switch to nftables before that upgrade; ${listed(unable)} cannot run it yet.`;
  return [
    finding({
      code: isDeprecated ? 'kube-proxy-ipvs-deprecated' : 'kube-proxy-ipvs-ends',
      verdict: isDeprecated ? 'act' : 'consider',
      message: `kube-proxy runs in ipvs mode, which is deprecated since ${milestones.ipvsDeprecated}: from ${milestones.ipvsOffByDefault} on it exits at its start, and in ${milestones.ipvsRemoved} the mode is gone. ${way}`,
      evidence: [
        { what: 'kube-proxy version', value: version, where: 'its image' },
        ...modesSeen(input),
        ...servers(nodes),
      ],
      parameters: ['kube-proxy.mode'],
      recommended: { mode: 'nftables' },
      sources: [keps.ipvs],
    }),
  ];
}

/** Whether the way iptables mode finds a Service can be felt here. Source: domain.md 1.7, 9. */
export function adviseNftables(input: AdviceInput): Finding[] {
  if (input.mode !== 'iptables' && input.mode !== 'nftables') return [];
  const { services } = input.observed;
  const sync = slowestSync(input);
  const evidence = [...counts(input), ...modesSeen(input), ...syncs(input)];
  const isSlow = sync !== null && sync > slowSyncMilliseconds;
  if (input.mode === 'nftables') {
    return [
      finding({
        code: 'kube-proxy-nftables-in-force',
        verdict: 'leave-alone',
        message:
          'kube-proxy runs in nftables mode, whose first packets cost the same with any number of Services. Leave it as it is.',
        evidence,
        parameters: ['kube-proxy.mode'],
        sources: [keps.nftables],
      }),
    ];
  }
  if (services === null && !isSlow) return [];
  if ((services ?? 0) < fewServices && !isSlow) {
    return [
      finding({
        code: 'kube-proxy-few-services',
        verdict: 'leave-alone',
        message: `There are ${services} Services: below about ${fewServices} no measurement shows a difference between iptables and nftables mode, and at 5000 it is 0.12 ms of a new connection’s first packet in the worst of 100. Leave the mode as it is.`,
        evidence,
        parameters: ['kube-proxy.mode'],
        sources: [keps.nftables],
      }),
    ];
  }
  return [worthTrying(input, evidence, isSlow)];
}

function worthTrying(input: AdviceInput, evidence: Evidence[], isSlow: boolean): Finding {
  const { version, nodes, observed } = input;
  const blocked = blockers(input);
  const localhost = nodes.filter(({ support }) => (support?.localhostNodePorts ?? 0) > 0);
  const why = isSlow
    ? `A sync of iptables rules takes more than ${slowSyncMilliseconds} ms on some nodes`
    : `There are ${observed.services} Services, and in iptables mode the first packet of each connection walks a list as long`;
  const common = {
    evidence: [
      ...evidence,
      ...localhost.map(({ name, support }) => ({
        what: 'packets to NodePorts on 127.0.0.1',
        value: String(support?.localhostNodePorts),
        where: `agent on ${name}`,
      })),
    ],
    parameters: ['kube-proxy.mode'],
    sources: [keps.nftables, keps.partialSync],
  };
  if (blocked.length > 0 || !startsIn('nftables', version, {})) {
    return finding({
      ...common,
      code: 'kube-proxy-nftables-not-possible',
      verdict: 'leave-alone',
      message: `${why}. nftables mode would not, but it cannot run here yet: ${blocked.join('; ') || `kube-proxy ${version} does not start in it`}. Leave the mode as it is until then.`,
    });
  }
  if (localhost.length > 0) {
    return finding({
      ...common,
      code: 'kube-proxy-localhost-node-ports',
      verdict: 'leave-alone',
      message: `${why}. nftables mode would not, but it serves no NodePort on 127.0.0.1, and those are used on ${listed(localhost.map(({ name }) => name))}. Change these clients first.`,
    });
  }
  return finding({
    ...common,
    code: isSlow ? 'kube-proxy-slow-sync' : 'kube-proxy-many-services',
    verdict: 'consider',
    message: `${why}. In nftables mode it looks one entry up. Try it on this cluster and let the job measure it; applications that keep their connections open will see nothing.`,
    recommended: { mode: 'nftables' },
  });
}

function unableNodes({ nodes }: AdviceInput): string[] {
  return nodes
    .filter(
      ({ support, kernel }) => support?.nft.usable === false || !isAtLeast(kernel, nftablesKernel),
    )
    .map(({ name }) => name);
}

function blockers(input: AdviceInput): string[] {
  const unable = unableNodes(input);
  const { cni } = input.observed;
  const isOldCalico =
    cni.name === 'calico' && cni.version !== null && !isAtLeast(cni.version, '3.29');
  return [
    ...(unable.length > 0 ? [`the kernel of ${listed(unable)} is too old or lacks nf_tables`] : []),
    ...(isOldCalico ? [`Calico ${cni.version} has no nftables data plane`] : []),
  ];
}

function counts({ observed }: AdviceInput): Evidence[] {
  const { services, endpointSlices } = observed;
  return [
    ...(services === null
      ? []
      : [{ what: 'Services', value: String(services), where: 'the API server’s count' }]),
    ...(endpointSlices === null
      ? []
      : [
          {
            what: 'EndpointSlices',
            value: String(endpointSlices),
            where: 'the API server’s count',
          },
        ]),
  ];
}

function modesSeen({ nodes }: AdviceInput): Evidence[] {
  return nodes.flatMap(({ name, proxy }) => {
    const mode = proxy?.mode ?? null;
    return mode === null
      ? []
      : [{ what: `mode on ${name}`, value: mode, where: 'kube-proxy’s /proxyMode' }];
  });
}

function servers(nodes: AdviceInput['nodes']): Evidence[] {
  return nodes.flatMap(({ name, rules }) =>
    rules?.ipvs == null
      ? []
      : [
          {
            what: `virtual servers on ${name}`,
            value: String(rules.ipvs.virtualServers),
            where: '/proc/net/ip_vs',
          },
        ],
  );
}

function slowestSync({ nodes }: AdviceInput): number | null {
  const syncs = nodes.flatMap(({ proxy }) => proxy?.sync?.meanMilliseconds ?? []);
  return syncs.length === 0 ? null : Math.max(...syncs);
}

function syncs({ nodes }: AdviceInput): Evidence[] {
  return nodes.flatMap(({ name, proxy, rules }) => {
    const mean = proxy?.sync?.meanMilliseconds;
    const count = rules?.iptables?.rules;
    return [
      ...(mean === undefined
        ? []
        : [
            {
              what: `mean sync on ${name}`,
              value: `${mean.toFixed(1)} ms`,
              where: 'kubeproxy_sync_proxy_rules_duration_seconds',
            },
          ]),
      ...(count === undefined
        ? []
        : [{ what: `iptables rules on ${name}`, value: String(count), where: `agent on ${name}` }]),
    ];
  });
}

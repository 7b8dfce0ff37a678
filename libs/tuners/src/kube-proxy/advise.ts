import type { Evidence, Finding } from '@fairlead/core';
import { listed } from '../by-text.js';
import { runsOn } from '../proxy-config/rolling.js';
import { adviseConfiguration } from './advise-configuration.js';
import { adviseIpvs, adviseNftables } from './advise-mode.js';
import { configuredMode } from './configured-mode.js';
import { finding, keps, type AdviceInput } from './findings.js';
import type { KubeProxyObservation } from './observe.js';

/**
 * What to do about kube-proxy as it was seen, "leave it alone" included. It claims no gain: published
 * measurements tell where one can be expected, and only a job's own measuring shows it.
 * Source: domain.md 1.2, 1.3, 1.7, 9.
 */
export function adviseKubeProxy(observed: KubeProxyObservation): readonly Finding[] {
  const { kubeProxy } = observed;
  if (kubeProxy.kind === 'absent') return [absent(observed)];
  if (kubeProxy.kind === 'unreadable') {
    return [
      finding({
        code: 'kube-proxy-config-unreadable',
        verdict: 'unknown',
        message: `kube-proxy’s configuration could not be read: ${kubeProxy.why}.`,
        evidence: [],
        parameters: ['kube-proxy.mode'],
      }),
      ...unseen(observed, []),
    ];
  }
  const isOurs = kubeProxy.kind === 'daemon-set';
  const nodes = observed.nodes.filter((node) =>
    isOurs ? runsOn(kubeProxy, node) : node.os === 'linux',
  );
  const version = isOurs ? kubeProxy.version : observed.version;
  const configured = isOurs ? configuredMode(kubeProxy.configuration, version) : null;
  const seen = nodes.map(({ proxy }) => proxy?.mode ?? null).find((mode) => mode !== null) ?? null;
  const input: AdviceInput = {
    observed,
    nodes,
    version,
    mode: seen ?? configured,
    configured,
    configuration: isOurs ? kubeProxy.configuration : null,
  };
  return [
    ...adviseIpvs(input),
    ...adviseNftables(input),
    ...adviseConfiguration(input),
    ...unseen(observed, nodes),
  ];
}

function absent({ cni }: KubeProxyObservation): Finding {
  const { kubeProxyReplacement } = cni;
  const evidence: Evidence[] =
    kubeProxyReplacement === null
      ? []
      : [
          {
            what: 'kube-proxy replacement',
            value: kubeProxyReplacement.configured,
            where: kubeProxyReplacement.where,
          },
        ];
  return finding({
    code: 'kube-proxy-absent',
    verdict: 'leave-alone',
    message:
      'No kube-proxy runs here, so none of its parameters means anything. Leave it as it is.',
    evidence: [
      { what: 'kube-proxy pods', value: '0', where: 'DaemonSets and pods of kube-system' },
      ...evidence,
    ],
    parameters: ['kube-proxy.mode'],
  });
}

/** What could not be looked at, so that silence is not taken for health. */
function unseen(observed: KubeProxyObservation, nodes: AdviceInput['nodes']): Finding[] {
  const findings: Finding[] = [];
  const silent = nodes.filter(({ proxy }) => (proxy?.mode ?? null) === null);
  if (silent.length > 0) {
    findings.push(
      finding({
        code: 'kube-proxy-nodes-unseen',
        verdict: 'unknown',
        message: `kube-proxy’s mode and its syncs could not be read on ${listed(silent.map(({ name }) => name))}: ask again when every node is Ready and its agent answers.`,
        evidence: silent.map(({ name, problem }) => ({
          what: `kube-proxy on ${name}`,
          value: problem ?? 'no answer on its own port',
          where: `agent on ${name}`,
        })),
        parameters: ['kube-proxy.mode'],
      }),
    );
  }
  if (observed.services === null) {
    findings.push(
      finding({
        code: 'kube-proxy-services-uncounted',
        verdict: 'unknown',
        message:
          'The number of Services could not be read, and it decides whether the mode matters: grant list on services.',
        evidence: [],
        parameters: ['kube-proxy.mode'],
        sources: [keps.nftables],
      }),
    );
  }
  return findings;
}

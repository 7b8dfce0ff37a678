import { objectText, type PathEdit } from '@fairlead/core';
import type { SeenCalico, SeenInstallation } from '../cni/seen-calico.js';
import { isAtLeast } from '../version.js';
import { refuseApiAddress } from './api-address.js';
import { refuseOwner, type Drafting } from './drafting.js';
import { addKeepOff, proxyToKeepOff, runningProxies } from './kube-proxy-off.js';

/** A change of Calico that is wanted; `add` writes it, or says no, once the cluster is known to be fit. */
export interface CalicoChange {
  /** For sentences. */
  readonly what: string;
  readonly kernel: string;
  /** Whether the agents' pods are replaced. */
  readonly isRolled: boolean;
  readonly patch: string;
  readonly add: () => void;
}

const network = ['spec', 'calicoNetwork'];

/** What becomes of the data plane; null when it is as asked, or nobody asked. Source: domain.md 6.1. */
export function bpfChange(
  drafting: Drafting,
  isWanted: boolean | undefined,
  calico: SeenCalico,
): CalicoChange | null {
  if (isWanted === undefined) return null;
  const { installation } = calico;
  const isOn = drafting.observed.cni.kubeProxyReplacement?.configured === 'on';
  if (isOn === isWanted) return null;
  return {
    what: 'Calico’s eBPF data plane',
    kernel: '5.10',
    isRolled: true,
    patch: isWanted ? patchOn : patchOff,
    add: () => {
      if (installation === null) {
        drafting.plan.refuse(
          'calico-bpf-needs-operator',
          'Without the operator the way back is not one edit: agents, kube-proxy and the ConfigMap for the API server change one by one. Change it by hand, by the document of Calico.',
          { patch: isWanted ? manifestSteps : manifestStepsBack },
        );
        return;
      }
      refuseOwner(drafting, installation.object, installation.owner, isWanted ? patchOn : patchOff);
      if (isWanted) addOn(drafting, calico, installation);
      else addOff(drafting, calico, installation);
    },
  };
}

function addOn(drafting: Drafting, calico: SeenCalico, installation: SeenInstallation): void {
  const { plan, observed } = drafting;
  if (observed.cni.version === null || !isAtLeast(observed.cni.version, '3.28')) {
    plan.refuse(
      'calico-too-old',
      `The steps planned here are those of Calico 3.28 and later, and the agents’ image tells ${observed.cni.version ?? 'no version'}. Take a newer Calico first.`,
    );
  }
  const isByOperator = installation.kubeProxyManagement === 'Enabled';
  const endpoint = calico.apiEndpoint;
  if (!isByOperator || endpoint !== null) {
    const told =
      endpoint === null ? null : { host: endpoint.host, where: objectText(endpoint.object) };
    refuseApiAddress(drafting, told, endpointPatch);
  }
  // Where the operator manages kube-proxy it brings it back by itself when the data plane is back.
  const proxy = isByOperator ? null : proxyToKeepOff(drafting, 'Calico');
  drafting.need(
    'connections-may-be-cut',
    'open connections stay on the old way and survive, but an undo is disruptive: every connection of a pod may break then',
  );
  plan.touchesConnections('some-cut');
  plan.interruptsDns();
  plan.evidence('https://docs.tigera.io/calico/latest/operations/ebpf/enabling-ebpf');
  plan.warn(
    'undo-is-disruptive',
    'Going back from eBPF cuts connections; Calico’s own document says so. Drain nodes where that matters, or do not begin.',
  );
  if (proxy !== null) addKeepOff(drafting, proxy);
  const needsBootstrap = isByOperator && endpoint === null;
  addInstallation(drafting, installation, [
    { member: 'linuxDataplane', before: installation.linuxDataplane, after: 'BPF' },
    ...(needsBootstrap && installation.bpfNetworkBootstrap !== 'Enabled'
      ? [
          {
            member: 'bpfNetworkBootstrap',
            before: installation.bpfNetworkBootstrap,
            after: 'Enabled',
          },
        ]
      : []),
  ]);
  addAwait(drafting, calico, true);
}

function addOff(drafting: Drafting, calico: SeenCalico, installation: SeenInstallation): void {
  const { plan, observed } = drafting;
  const isByOperator = installation.kubeProxyManagement === 'Enabled';
  if (!isByOperator && runningProxies(observed).length === 0) {
    plan.refuse(
      'kube-proxy-absent',
      'Nobody would handle Services: no kube-proxy runs, and the operator does not manage it. Start it first, or undo the job that stopped it: Undo brings back both.',
      { patch: patchOff },
    );
  }
  drafting.need(
    'connections-may-be-cut',
    'leaving eBPF is disruptive: every connection of a pod may break',
  );
  plan.touchesConnections('some-cut');
  plan.interruptsDns();
  const hasBootstrap = installation.bpfNetworkBootstrap === 'Enabled';
  addInstallation(drafting, installation, [
    { member: 'linuxDataplane', before: installation.linuxDataplane, after: 'Iptables' },
    ...(hasBootstrap
      ? [{ member: 'bpfNetworkBootstrap', before: 'Enabled', after: 'Disabled' }]
      : []),
  ]);
  addAwait(drafting, calico, false);
}

interface Member {
  readonly member: string;
  readonly before: string | null;
  readonly after: string;
}

function addInstallation(
  { plan, observed }: Drafting,
  { object }: SeenInstallation,
  members: readonly Member[],
): void {
  const edits = members.map(({ member, before, after }): PathEdit => ({
    path: [...network, member],
    ...(before !== null && { before }),
    after,
  }));
  plan.add({
    kind: 'edit',
    id: 'datapath/installation',
    summary: `Set ${members.map(({ member, after }) => `${member} to ${after}`).join(' and ')} in ${objectText(object)}.`,
    object,
    edits,
  });
  const pods = observed.cni.agents?.pods ?? 0;
  plan.restartsPods(pods);
  plan.rollsNodes(observed.nodes.filter(({ os }) => os === 'linux').map(({ name }) => name));
  plan.note(
    `The operator then replaces the ${pods} pods of calico-node, a batch of nodes after the other.`,
  );
}

/** The operator switches Felix over only when every agent is ready for it. */
function addAwait({ plan, observed }: Drafting, { felix }: SeenCalico, isOn: boolean): void {
  const { agents } = observed.cni;
  if (felix !== null) {
    plan.add({
      kind: 'await',
      id: 'datapath/felix-follows',
      summary: `See the operator set bpfEnabled in ${objectText(felix.object)}.`,
      condition: {
        type: 'object-value',
        object: felix.object,
        path: ['spec', 'bpfEnabled'],
        value: isOn,
      },
      deadlineSeconds: 1800,
    });
  } else {
    plan.refuse(
      'felix-configuration-not-seen',
      'FelixConfiguration default, where the operator shows that every agent has switched, was not seen. Check that it exists, and grant the right to read it.',
    );
  }
  if (agents === null) return;
  plan.add({
    kind: 'await',
    id: 'datapath/agents-rolled',
    summary: `Wait for the pods of ${objectText(agents.object)}.`,
    condition: { type: 'rolled-out', object: agents.object },
    deadlineSeconds: 1800,
  });
}

const patchOn = `spec:
  calicoNetwork:
    linuxDataplane: BPF
    bpfNetworkBootstrap: Enabled
    kubeProxyManagement: Enabled
`;
const patchOff = `spec:
  calicoNetwork:
    linuxDataplane: Iptables
    bpfNetworkBootstrap: Disabled
`;
const endpointPatch = `apiVersion: v1
kind: ConfigMap
metadata:
  name: kubernetes-services-endpoint
  namespace: tigera-operator
data:
  KUBERNETES_SERVICE_HOST: ADDRESS-OF-THE-API-SERVER
  KUBERNETES_SERVICE_PORT: '6443'
# or let the operator do both: spec.calicoNetwork.kubeProxyManagement: Enabled in the Installation
`;
const manifestSteps = `# 1. ConfigMap kubernetes-services-endpoint in kube-system, with the API server's own address
# 2. kubectl patch ds -n kube-system kube-proxy -p '{"spec":{"template":{"spec":{"nodeSelector":{"non-calico":"true"}}}}}'
# 3. calicoctl patch felixconfiguration default --patch '{"spec":{"bpfEnabled":true}}'
`;
const manifestStepsBack = `# 1. calicoctl patch felixconfiguration default --patch '{"spec":{"bpfEnabled":false}}'
# 2. take the node selector of DaemonSet kube-system/kube-proxy away
`;

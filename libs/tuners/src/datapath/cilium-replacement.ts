import { objectText } from '@fairlead/core';
import { replacementOf } from '../cni/cilium.js';
import type { SeenCilium } from '../cni/seen-cilium.js';
import { refuseApiAddress } from './api-address.js';
import type { CiliumChange } from './cilium.js';
import type { Drafting } from './drafting.js';
import { proxyToKeepOff, runningProxies } from './kube-proxy-off.js';
import type { CiliumSettings } from './settings.js';

const key = 'kube-proxy-replacement';

/** What becomes of kube-proxy's replacement; null when it is as asked, or nobody asked. Source: domain.md 6.2. */
export function replacementChange(
  drafting: Drafting,
  { kubeProxyReplacement: isWanted }: CiliumSettings,
  config: NonNullable<SeenCilium['config']>,
): CiliumChange | null {
  if (isWanted === undefined) return null;
  const isAsAsked = replacementOf(config.values[key]) === (isWanted ? 'on' : 'off');
  const isAlone = runningProxies(drafting.observed).length === 0;
  if (isAsAsked && (!isWanted || isAlone)) return null;
  // Switched on already, with kube-proxy beside it: two owners of Services, and one of them goes.
  const values = new Map(isAsAsked ? [] : [[key, String(isWanted)]]);
  return isWanted ? switchedOn(drafting, values) : switchedOff(drafting, values);
}

function switchedOn(drafting: Drafting, values: Map<string, string>): CiliumChange {
  const { plan, observed } = drafting;
  const server = observed.cni.cilium?.apiServer ?? null;
  const patch = `kubeProxyReplacement: true\nk8sServiceHost: ${server?.host ?? 'ADDRESS-OF-THE-API-SERVER'}\nk8sServicePort: ${server?.port ?? '6443'}\n`;
  refuseApiAddress(drafting, server, patch);
  const proxy = proxyToKeepOff(drafting, 'Cilium');
  drafting.need(
    'connections-may-be-cut',
    'connections through Services that are open when an agent takes over break, since it does not know kube-proxy’s translations, and no node is drained',
  );
  plan.touchesConnections('some-cut');
  plan.interruptsDns();
  plan.evidence('https://docs.cilium.io/en/stable/network/kubernetes/kubeproxy-free/');
  plan.warn(
    'socket-lb-bypasses-sidecars',
    'Cilium then translates Services when a program connects, before a service mesh’s sidecar sees the packet. Set bpf-lb-sock-hostns-only where a mesh depends on Service addresses.',
  );
  plan.note(
    'Agents take over one batch of nodes after the other, beside kube-proxy, which is kept off the nodes when all of them run; new connections are served throughout.',
  );
  return { values, patch, proxyToKeepOff: proxy };
}

function switchedOff(drafting: Drafting, values: Map<string, string>): CiliumChange {
  const { plan, observed } = drafting;
  if (runningProxies(observed).length === 0) {
    const kept = observed.kubeProxies.map(({ object }) => objectText(object)).join(', ');
    plan.refuse(
      'kube-proxy-absent',
      `Nobody would handle Services: no kube-proxy runs${kept === '' ? '' : ` (${kept} is kept off the nodes)`}. Start it first, or undo the job that stopped it: Undo brings back both.`,
    );
  }
  drafting.need(
    'connections-may-be-cut',
    'connections through Services that Cilium translated break when it stops doing so',
  );
  plan.touchesConnections('some-cut');
  plan.interruptsDns();
  return { values, patch: 'kubeProxyReplacement: false\n', proxyToKeepOff: null };
}

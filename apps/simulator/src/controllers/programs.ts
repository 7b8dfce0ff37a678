import type { AgentMode, KernelKeyName } from '@fairlead/core';
import { kernelKeyNames, kernelText } from '@fairlead/core';
import { IdleProgram } from '../agent/idle-program.js';
import type { Program } from '../agent/program.js';
import { SimulatedAgent, type AgentSurroundings } from '../agent/simulated-agent.js';
import { flannelPodMtu } from '../kernel/links.js';
import { startKubeProxy } from '../kernel/kube-proxy.js';
import { KernelRefusal, type NodeKernel } from '../kernel/node-kernel.js';
import { kinds, type Machinery } from './machinery.js';
import type { Container } from './workload-types.js';

/** What a container's command line says that it is; anything unknown just runs. */
export function wordsOf(container: Container): readonly string[] {
  return [...(container.command ?? []), ...(container.args ?? [])];
}

function isKubeProxy(container: Container): boolean {
  return /(^|\/)kube-proxy$/.test(container.command?.[0] ?? '');
}

function isFlannel(container: Container): boolean {
  return /(^|\/)flanneld$/.test(container.command?.[0] ?? '');
}

/** `agent persist key=value …` of an init container: writes to the host, or fails as the real one does. */
export function runInit(container: Container, kernel: NodeKernel): void {
  const words = wordsOf(container);
  const start = words.indexOf('persist');
  if (start === -1) return;
  for (const pair of words.slice(start + 1).filter((word) => word.includes('='))) {
    const [key = '', ...value] = pair.split('=');
    if (!isKernelKey(key)) throw new KernelRefusal('key-refused', `not a key of the list: ${pair}`);
    const wanted = kernelText(value.join('='));
    if (kernel.readHost(key).value !== wanted) kernel.writeHost(key, wanted);
  }
}

function isKernelKey(key: string): key is KernelKeyName {
  return (kernelKeyNames as readonly string[]).includes(key);
}

/** Starts the pod's first container. Throws when it would end at once with an error. */
export function startProgram(
  machinery: Machinery,
  container: Container,
  kernel: NodeKernel,
  around: Pick<AgentSurroundings, 'podUid' | 'address' | 'reach' | 'way'>,
): Program {
  const words = wordsOf(container);
  const session = words.indexOf('session');
  if (session !== -1 && words.includes('--mode')) {
    const mode: AgentMode = words[words.indexOf('--mode') + 1] === 'pod' ? 'pod' : 'host';
    return agent(machinery, container, kernel, mode, around);
  }
  if (isKubeProxy(container)) return kubeProxy(machinery, container, kernel);
  if (isFlannel(container)) readFlannelConfig(machinery, kernel);
  return new IdleProgram();
}

/** flanneld reads its ConfigMap when it starts, and only then: new pods get what stood there. */
function readFlannelConfig({ api }: Machinery, kernel: NodeKernel): void {
  const configMap = api.store.get(kinds.configMap, 'kube-flannel', 'kube-flannel-cfg');
  const text = (configMap?.['data'] as Record<string, string> | undefined)?.['net-conf.json'];
  if (text === undefined) throw new Error('failed to read net-conf.json');
  kernel.newPodMtuBytes = flannelPodMtu(text, kernel.node.mtuBytes);
}

function agent(
  { timers, now, config }: Machinery,
  container: Container,
  kernel: NodeKernel,
  mode: AgentMode,
  around: Pick<AgentSurroundings, 'podUid' | 'address' | 'reach' | 'way'>,
): Program {
  const may = (variable: string) =>
    (container.env ?? []).some(({ name, value }) => name === variable && value === '1');
  const { agentOrders } = config.faults;
  return new SimulatedAgent({
    ...around,
    mode,
    kernel,
    mayReadPods: may('FAIRLEAD_READ_PODS'),
    mayReadProxy: may('FAIRLEAD_READ_PROXY'),
    now,
    timers,
    probeSpeed: config.probeSpeed,
    ...(agentOrders !== undefined && { diesAfter: agentOrders }),
  });
}

function kubeProxy({ api, config }: Machinery, container: Container, kernel: NodeKernel): Program {
  if (wordsOf(container).includes('--cleanup')) {
    kernel.proxyRules.cleanUp();
    const done = new IdleProgram();
    done.stop(0);
    return done;
  }
  const configMap = api.store.get(kinds.configMap, 'kube-system', 'kube-proxy');
  const text = (configMap?.['data'] as Record<string, string> | undefined)?.['config.conf'];
  if (text === undefined) throw new Error('failed to read config.conf');
  const version = /:v(\d+\.\d+\.\d+)/.exec(container.image)?.[1] ?? config.version;
  const services = () => api.store.list(kinds.service).length;
  kernel.proxyMode = startKubeProxy(kernel, text, version, services);
  const program = new IdleProgram();
  void program.exited.then(() => (kernel.proxyMode = null));
  return program;
}

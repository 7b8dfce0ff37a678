import { Finding, type JsonObject } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { readerOf, type World } from '../testing/world.js';
import { adviseDatapath } from './advise.js';
import { hostNetworkUsers } from './host-network.js';
import { observeDatapath } from './observe.js';
import { aNode, aWorld } from './testing/worlds.js';

async function findingsFor(world: World): Promise<readonly Finding[]> {
  const observed = await observeDatapath(readerOf(world), null, AbortSignal.timeout(60_000));
  return adviseDatapath(observed).map((finding) => Finding.parse(finding));
}

const verdicts = async (world: World) =>
  Object.fromEntries((await findingsFor(world)).map(({ code, verdict }) => [code, verdict]));

describe('adviseDatapath', () => {
  it('leaves flannel and its like alone, and says what they are', async () => {
    const [finding] = await findingsFor(aWorld('flannel'));

    expect(finding).toMatchObject({ code: 'datapath-leave-alone', verdict: 'leave-alone' });
    expect(finding?.evidence).toContainEqual({
      what: 'encapsulation',
      value: 'vxlan, always',
      where: 'ConfigMap kube-flannel/kube-flannel-cfg Backend.Type',
    });
  });

  it('asks for action where two owners translate the same Services', async () => {
    const config = 'ConfigMap kube-system/cilium-config';
    const world = aWorld('cilium-manifest', undefined, [
      [config, ['data', 'kube-proxy-replacement'], 'true'],
    ]);

    expect(await verdicts(world)).toMatchObject({ 'datapath-two-owners-of-services': 'act' });
  });

  it('leaves kube-proxy in place at few Services', async () => {
    expect(await verdicts(aWorld('cilium-helm'))).toMatchObject({
      'datapath-services-leave-alone': 'leave-alone',
    });
  });

  it('questions an encapsulation between nodes of one subnet, and none between two', async () => {
    const code = 'datapath-encapsulated-in-one-subnet';
    const two = [aNode, { ...aNode, subnet: '10.0.1.5/24' }];

    expect(await verdicts(aWorld('calico-manifest'))).toMatchObject({ [code]: 'consider' });
    expect(await verdicts(aWorld('calico-manifest', two))).not.toHaveProperty(code);
    expect(await verdicts(aWorld('calico-operator'))).not.toHaveProperty(code);
  });

  it('names the pods in the host’s network by what makes them', async () => {
    const findings = await findingsFor(aWorld('flannel'));

    expect(findings.find(({ code }) => code === 'datapath-host-network')?.evidence).toEqual([
      { what: 'pods', value: '1', where: 'static pods kube-system/etcd' },
    ]);
  });
});

describe('hostNetworkUsers', () => {
  const pod = (name: string, owner: JsonObject | null, more: JsonObject = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: 'a',
      name,
      labels: { 'pod-template-hash': '6d4cf' },
      ...(owner !== null && { ownerReferences: [{ ...owner, controller: true }] }),
    },
    spec: { hostNetwork: true },
    status: { phase: 'Running' },
    ...more,
  });

  it('counts by workload, and leaves out what ended or is not there', () => {
    const users = hostNetworkUsers([
      pod('web-6d4cf-x', { kind: 'ReplicaSet', name: 'web-6d4cf' }),
      pod('web-6d4cf-y', { kind: 'ReplicaSet', name: 'web-6d4cf' }),
      pod('agent-1', { kind: 'DaemonSet', name: 'agent' }),
      pod('kube-apiserver-n1', { kind: 'Node', name: 'n1' }),
      pod('bare', null),
      pod('done', null, { status: { phase: 'Succeeded' } }),
      pod('ordinary', null, { spec: {} }),
    ]);

    expect(users).toEqual([
      { workload: 'DaemonSet a/agent', pods: 1 },
      { workload: 'Deployment a/web', pods: 2 },
      { workload: 'Pod a/bare', pods: 1 },
      { workload: 'static pods a/kube-apiserver', pods: 1 },
    ]);
  });
});

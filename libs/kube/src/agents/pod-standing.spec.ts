import type { JsonObject } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { podStanding, refusedPodText } from './pod-standing.js';
import { probeNodeOrder } from './probe-nodes.js';
import { lineFramer } from './line-framer.js';
import { orderSeconds } from './order-deadlines.js';

function aPod(phase: string, state: JsonObject = {}, status: JsonObject = {}): JsonObject {
  return {
    metadata: { name: 'p' },
    status: { phase, podIP: '10.0.0.1', containerStatuses: [{ state }], ...status },
  };
}

describe('podStanding', () => {
  it.each<[string, JsonObject, object]>([
    ['runs', aPod('Running', { running: {} }), { is: 'running', pod: 'p', address: '10.0.0.1' }],
    [
      'is made',
      aPod('Pending', { waiting: { reason: 'ContainerCreating' } }),
      { is: 'waiting', because: 'its pod still waits (ContainerCreating)' },
    ],
    [
      'has only begun',
      { metadata: { name: 'p' }, status: { phase: 'Pending' } },
      { is: 'waiting', because: 'its pod has not started' },
    ],
    [
      'lacks its image',
      aPod('Pending', { waiting: { reason: 'ImagePullBackOff', message: 'PLANTED' } }),
      { is: 'failed', because: 'its image cannot be pulled (ImagePullBackOff)' },
    ],
    [
      'ended',
      aPod('Failed', { terminated: { exitCode: 137, reason: 'OOMKilled' } }),
      { is: 'failed', because: 'its container ended with code 137 (OOMKilled)' },
    ],
    [
      'was refused by the kubelet',
      aPod('Failed', {}, { reason: 'OutOfmemory', message: 'PLANTED' }),
      { is: 'failed', because: 'the kubelet refused its pod (OutOfmemory)' },
    ],
    [
      'is being deleted',
      { ...aPod('Running', { running: {} }), metadata: { name: 'p', deletionTimestamp: 'x' } },
      { is: 'failed', because: 'its pod is being deleted' },
    ],
  ])('tells a pod that %s', (_what, pod, standing) => {
    expect(podStanding(pod)).toEqual(standing);
  });
});

describe('refusedPodText', () => {
  it.each([
    ['pods "x" is forbidden: violates PodSecurity "restricted:latest": PLANTED', 'Pod Security'],
    ['exceeded quota: PLANTED', 'ResourceQuota'],
    [
      'error looking up service account: serviceaccount "fairlead-agent" not found',
      'fairlead-agent',
    ],
    ['admission webhook "PLANTED" denied the request', 'webhook'],
    ['PLANTED', 'does not allow'],
  ])('says why %s, without quoting it', (message, word) => {
    expect(refusedPodText(message)).toContain(word);
    expect(refusedPodText(message)).not.toContain('PLANTED');
  });
});

describe('probeNodeOrder', () => {
  const node = (name: string, zone?: string) =>
    ({ name, labels: zone === undefined ? {} : { 'topology.kubernetes.io/zone': zone } }) as never;

  it('covers every zone before it takes a second node of one, always in the same order', () => {
    const nodes = [node('c', 'z2'), node('b', 'z1'), node('a', 'z1'), node('d', 'z3'), node('e')];

    expect(probeNodeOrder(nodes)).toEqual(['e', 'a', 'c', 'd', 'b']);
    expect(probeNodeOrder(nodes.toReversed())).toEqual(['e', 'a', 'c', 'd', 'b']);
    expect(probeNodeOrder([])).toEqual([]);
  });
});

describe('lineFramer', () => {
  it('finds the same lines wherever the chunks are cut', () => {
    const bytes = Buffer.from('{"a":"é"}\n\nlast\nrest');
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const framer = lineFramer(100);

      const lines = [...framer.push(bytes.subarray(0, cut)), ...framer.push(bytes.subarray(cut))];

      expect(lines).toEqual(['{"a":"é"}', '', 'last']);
    }
  });

  it('takes a line of the largest size and none that is longer', () => {
    expect(lineFramer(3).push(Buffer.from('abc\n'))).toEqual(['abc']);
    expect(() => lineFramer(3).push(Buffer.from('abcd\n'))).toThrow(RangeError);
    expect(() => lineFramer(3).push(Buffer.from('abcd'))).toThrow(RangeError);
  });
});

describe('orderSeconds', () => {
  it('gives a probe the time of its schedule and of its timeouts', () => {
    const probe = {
      type: 'tcp-rr',
      target: { address: '10.0.0.1', port: 1 },
      payloadBytes: 1,
      count: 100,
      intervalMilliseconds: 50,
      timeoutMilliseconds: 200,
    } as const;

    expect(orderSeconds({ do: 'probe', probe })).toBe(35);
    expect(orderSeconds({ do: 'ping' })).toBe(15);
  });
});

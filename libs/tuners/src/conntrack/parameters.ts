import { z } from 'zod';
import type { OwnedParameter } from '@fairlead/core';
import { duration, whole, yesOrNo } from '../catalogue/values.js';
import { Buckets, MaxEntries } from './settings.js';
import { beLiberalKey, bucketsKey, maxKey, timeoutNames, timeouts } from './timeouts.js';

const kernelDocument = 'https://docs.kernel.org/networking/nf_conntrack-sysctl.html';
const proxyDocument =
  'https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/#kubeproxy-config-k8s-io-v1alpha1-KubeProxyConntrackConfiguration';

/** Only where kube-proxy decides a key does a change cost its restart. */
const onNode = { scope: 'node', cost: 'agent-restart' } as const;

const titles: Readonly<Record<keyof typeof timeouts, string>> = {
  tcpEstablished: 'idle time after which an established TCP connection loses its entry',
  tcpCloseWait: 'time for which an entry waits for the local side to close',
  tcpTimeWait: 'time for which a closed connection keeps its entry',
  tcpFinWait: 'time for which an entry waits for the other side’s FIN',
  tcpLastAck: 'time for which an entry waits for the last ACK',
  tcpClose: 'time for which a reset connection keeps its entry',
  tcpSynSent: 'time for which an entry waits for an answer to SYN',
  tcpSynRecv: 'time for which an entry waits for the end of the handshake',
  udp: 'idle time after which a UDP flow seen in one direction loses its entry',
  udpStream: 'idle time after which a UDP flow seen in both directions loses its entry',
  icmp: 'time for which an echo request waits for its reply',
  generic: 'idle time of protocols that conntrack does not know',
};

const keys: readonly OwnedParameter[] = [
  {
    ...onNode,
    name: maxKey,
    title: 'connections that a node tracks, at most',
    owner: 'kube-proxy',
    unit: 'entries',
    value: MaxEntries,
    source: kernelDocument,
  },
  {
    ...onNode,
    name: bucketsKey,
    title: 'buckets of the connection table; a change moves every entry at once',
    owner: 'kernel',
    unit: 'buckets',
    value: Buckets,
    source: kernelDocument,
  },
  {
    ...onNode,
    name: beLiberalKey,
    title: 'packets outside the TCP window pass',
    owner: 'kube-proxy',
    unit: 'choice: 0 or 1',
    value: z.literal([0, 1]),
    source: kernelDocument,
  },
  ...timeoutNames.map((name): OwnedParameter => {
    const { key, min, max, kubeProxyField } = { kubeProxyField: undefined, ...timeouts[name] };
    return {
      ...onNode,
      name: key,
      title: titles[name],
      owner: kubeProxyField === undefined ? 'kernel' : 'kube-proxy',
      unit: 'seconds',
      value: whole(min, max),
      source: kernelDocument,
    };
  }),
];

/** kube-proxy’s fields through which the same keys are set where it decides them. Source: domain.md 2.1. */
const fields: readonly OwnedParameter[] = (
  [
    [
      'maxPerCore',
      'tracked connections for each CPU; 0 leaves the table alone',
      'entries',
      whole(0, 8_388_608),
    ],
    ['min', 'tracked connections of a node, at least', 'entries', whole(0, 8_388_608)],
    ['tcpEstablishedTimeout', titles.tcpEstablished, 'duration', duration(0, 432_000)],
    ['tcpCloseWaitTimeout', titles.tcpCloseWait, 'duration', duration(0, 7200)],
    ['udpTimeout', titles.udp, 'duration', duration(0, 300), '1.29'],
    ['udpStreamTimeout', titles.udpStream, 'duration', duration(0, 600), '1.29'],
    ['tcpBeLiberal', 'packets outside the TCP window pass', 'choice', yesOrNo, '1.29'],
  ] as const
).map(([field, title, unit, value, sinceKubernetes]) => ({
  ...onNode,
  name: `kube-proxy.conntrack.${field}`,
  title,
  owner: 'kube-proxy',
  unit,
  value,
  ...(sinceKubernetes !== undefined && { sinceKubernetes }),
  source: proxyDocument,
}));

export const conntrackParameters: readonly OwnedParameter[] = [...keys, ...fields];

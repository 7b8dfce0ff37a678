import { nodeCacheName } from '@fairlead/core';
import type { NodeLocalSettings } from './settings.js';

export interface CorefileRequest {
  readonly settings: NodeLocalSettings;
  readonly clusterDomain: string;
  /** Addresses to answer on, the cache's own first. */
  readonly addresses: readonly string[];
}

/**
 * The cache's configuration, as kubernetes/dns lays it out. Names of the cluster go to CoreDNS over TCP, by a
 * Service of their own since the cache has the address of the other one; the rest goes where the node asks.
 * node-cache puts both addresses in when it starts. One name exists here alone, so that a lookup of it tells
 * that the cache answered. Metrics are on the node's own address: other programs of a host may have
 * the port on loopback. Source: domain.md 4.5.
 */
export function cacheCorefile({ settings, clusterDomain, addresses }: CorefileRequest): string {
  const bind = addresses.join(' ');
  const { successCapacity, successSeconds, denialSeconds, localAddress, healthPort } = settings;
  const toCluster = ['forward . __PILLAR__CLUSTER__DNS__ {', '    force_tcp', '}'];
  const cache = [
    'cache {',
    `    success ${successCapacity} ${successSeconds}`,
    `    denial ${successCapacity} ${denialSeconds}`,
    '}',
  ];
  const plain = [`cache ${successSeconds}`];
  return [
    server(clusterDomain, bind, [...cache, ...toCluster, `health ${localAddress}:${healthPort}`]),
    server('in-addr.arpa', bind, [...plain, ...toCluster]),
    server('ip6.arpa', bind, [...plain, ...toCluster]),
    server('.', bind, [...plain, 'forward . __PILLAR__UPSTREAM__SERVERS__']),
    [
      `${nodeCacheName}:53 {`,
      `    bind ${bind}`,
      '    template IN A {',
      '        answer "{{ .Name }} 0 IN A 127.0.0.1"',
      '    }',
      '}',
      '',
    ].join('\n'),
  ].join('');
}

function server(zone: string, bind: string, lines: readonly string[]): string {
  const all = [
    'errors',
    ...lines,
    'reload',
    'loop',
    `bind ${bind}`,
    'prometheus {$NODE_ADDRESS}:9253',
  ];
  return [`${zone}:53 {`, ...all.map((line) => `    ${line}`), '}', ''].join('\n');
}

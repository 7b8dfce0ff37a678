import { AddressRefused } from '@fairlead/core';
import { lookup as dnsLookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { AddressRules } from './address-policy.js';

export type Lookup = (hostname: string) => Promise<readonly string[]>;

export interface TlsPins {
  readonly caPem: string;
  readonly certPem?: string | undefined;
  readonly keyPem?: string | undefined;
  readonly serverName?: string | undefined;
}

export interface GuardedConnect {
  (target: { readonly hostname: string; readonly port: number }): Promise<TLSSocket>;
}

const connectMilliseconds = 10_000;

/** Every address that the machine's resolver gives for a name. */
export const systemLookup: Lookup = async (hostname) => {
  const found = await dnsLookup(hostname, { all: true, verbatim: true });
  return found.map(({ address }) => address);
};

/**
 * Opens TLS connections to addresses that the rules allow, and to no others. The name is resolved
 * here, once per connection, every answer is checked, and the socket goes to a checked address: an
 * answer that changes between a check and a connect has no moment to slip into.
 *
 * @param onSocket  told of each TCP socket, for the counting of its bytes
 * @returns         a socket whose peer proved itself against `pins.caPem` alone
 * @throws          AddressRefused when any of the name's addresses is refused
 */
export function guardedConnect(
  rules: AddressRules,
  pins: TlsPins,
  lookup: Lookup,
  onSocket: (socket: Socket) => void,
): GuardedConnect {
  return async ({ hostname, port }) => {
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const addresses = isIP(host) === 0 ? await lookup(host) : [host];
    if (addresses.length === 0) throw new AddressRefused('The name of the cluster has no address.');
    for (const address of addresses) rules.check(address);

    const socket = await firstThatConnects(addresses, port);
    onSocket(socket);
    return await startTls(socket, host, pins);
  };
}

async function firstThatConnects(addresses: readonly string[], port: number): Promise<Socket> {
  let failure: unknown;
  for (const address of addresses) {
    try {
      return await openTcp(address, port);
    } catch (cause) {
      failure = cause;
    }
  }
  throw failure;
}

function openTcp(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
    });
    const settle = (error?: Error) => {
      clearTimeout(timer);
      socket.removeListener('connect', onConnect);
      if (error === undefined) return resolve(socket);
      socket.destroy();
      reject(error);
    };
    const onConnect = () => settle();
    const timer = setTimeout(() => settle(timedOut('connecting')), connectMilliseconds);
    socket.once('connect', onConnect);
    // Stays for the socket's life: a late failure reaches the TLS layer, and must not end the process.
    socket.on('error', settle);
  });
}

function startTls(socket: Socket, host: string, pins: TlsPins): Promise<TLSSocket> {
  const name = pins.serverName ?? host;
  return new Promise((resolve, reject) => {
    const secure = connectTls({
      socket,
      // What the certificate must name; only a DNS name may also be sent ahead of the handshake.
      host: name,
      ...(isIP(name) === 0 && { servername: name }),
      ca: pins.caPem,
      ...(pins.certPem !== undefined && { cert: pins.certPem }),
      ...(pins.keyPem !== undefined && { key: pins.keyPem }),
      ALPNProtocols: ['http/1.1'],
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
    });
    const timer = setTimeout(
      () => secure.destroy(timedOut('the TLS handshake')),
      connectMilliseconds,
    );
    secure.once('secureConnect', () => {
      clearTimeout(timer);
      secure.removeListener('error', reject);
      resolve(secure);
    });
    secure.once('error', (error: Error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

function timedOut(what: string): Error {
  return Object.assign(new Error(`Timed out ${what}`), { code: 'ETIMEDOUT' });
}

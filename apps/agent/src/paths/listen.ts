import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { agentPathPort, type PathTarget } from '@fairlead/core';
import { answerTo } from './path-message.js';

/** Where a listening agent tells what arrived: small answers, and only to probes that carry its token. */
export class PathListener {
  readonly #port: number;
  readonly #token = randomBytes(16).toString('hex');
  readonly #sockets = new Map<string, Socket>();
  #end: NodeJS.Timeout | null = null;

  constructor(port = agentPathPort) {
    this.#port = port;
  }

  /** Listens at those of the addresses that are this namespace's own, each by itself: answers leave by the same. */
  async listen(addresses: readonly string[], seconds: number): Promise<PathTarget[]> {
    if (this.#end !== null) clearTimeout(this.#end);
    this.#end = setTimeout(() => this.close(), seconds * 1000).unref();
    const own = new Set(
      Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((one) => one.address)),
    );
    for (const address of addresses) {
      if (own.has(address) && !this.#sockets.has(address)) await this.#open(address);
    }
    return [...this.#sockets].map(([address, socket]) => ({
      address,
      port: socket.address().port,
      token: this.#token,
    }));
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  async #open(address: string): Promise<void> {
    const isSix = isIPv6(address);
    const socket = createSocket({ type: isSix ? 'udp6' : 'udp4', ipv6Only: isSix });
    const listening = once(socket, 'listening');
    socket.bind(this.#port, address);
    await listening.catch((error: unknown) => {
      socket.close();
      throw error;
    });
    socket.on('error', () => undefined);
    socket.on('message', (message, from) => {
      const answer = answerTo(message, this.#token);
      if (answer !== null) socket.send(answer, from.port, from.address, () => undefined);
    });
    this.#sockets.set(address, socket);
  }
}

import type { Socket } from 'node:net';

/** What one connection has cost so far. Bytes are those of its TCP sockets, TLS included. */
export interface ConnectionStats {
  readonly requests: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

export interface TrafficMeter {
  /** Counts a request and gives its number, from 1. */
  nextRequest(): number;
  readonly addSocket: (socket: Socket) => void;
  readonly stats: () => ConnectionStats;
}

export function trafficMeter(): TrafficMeter {
  const open = new Set<Socket>();
  let requests = 0;
  let closedSent = 0;
  let closedReceived = 0;

  return {
    nextRequest: () => (requests += 1),
    addSocket(socket) {
      open.add(socket);
      socket.once('close', () => {
        open.delete(socket);
        closedSent += socket.bytesWritten;
        closedReceived += socket.bytesRead;
      });
    },
    stats() {
      const sockets = [...open];
      return {
        requests,
        bytesSent: sockets.reduce((sum, socket) => sum + socket.bytesWritten, closedSent),
        bytesReceived: sockets.reduce((sum, socket) => sum + socket.bytesRead, closedReceived),
      };
    },
  };
}

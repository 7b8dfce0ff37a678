import { WebSocket } from 'ws';
import type { ApiClient } from '../connection/api-client.js';
import { errorOfFailure, errorOfStatus } from '../connection/status-errors.js';
import type { ByteStream } from './byte-stream.js';

/** Kubernetes' stream protocol: the first byte of each frame names the channel. */
const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;
/** v5 tells the server when we are done; v4 servers see it when the socket closes. */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const handshakeMilliseconds = 15_000;
const maxFrameBytes = 2 * 1024 * 1024;

/**
 * Standard input and output of a pod's container `agent`, over the same guarded connections as every
 * other call. The client library's own handler is not used: a frame with an unknown channel makes it
 * throw where nobody can catch.
 */
export async function attach(
  api: ApiClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<ByteStream> {
  signal.throwIfAborted();
  const query = 'container=agent&stdin=true&stdout=true&stderr=false&tty=false';
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/attach?${query}`;
  const { url, headers } = await api.upgrade(path);
  const { hostname, port } = new URL(url);
  const tls = await api
    .connect({ hostname, port: Number(port === '' ? 443 : port) })
    .catch((failure: unknown) => {
      throw errorOfFailure(failure, `attach to Pod ${name}`);
    });
  const socket = new WebSocket(url, protocols, {
    headers,
    createConnection: () => tls,
    followRedirects: false,
    perMessageDeflate: false,
    handshakeTimeout: handshakeMilliseconds,
    maxPayload: maxFrameBytes,
  });
  const stream = streamOf(socket);
  await opened(socket, name, signal);
  return stream;
}

function opened(socket: WebSocket, name: string, signal: AbortSignal): Promise<void> {
  const doing = `attach to Pod ${name}`;
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      socket.terminate();
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const settled = () => signal.removeEventListener('abort', onAbort);
    socket.once('open', () => {
      settled();
      resolve();
    });
    socket.once('unexpected-response', (_request, response) => {
      settled();
      response.resume();
      reject(errorOfStatus({ code: response.statusCode ?? 0, reason: '', causes: [] }, doing));
      socket.terminate();
    });
    socket.on('error', (error) => {
      settled();
      reject(errorOfFailure(error, doing));
    });
  });
}

function streamOf(socket: WebSocket): ByteStream {
  let onData: ((chunk: Uint8Array) => void) | null = null;
  let onEnd: ((reason: string) => void) | null = null;
  let ended: string | null = null;

  function end(reason: string) {
    if (ended !== null) return;
    ended = reason;
    socket.terminate();
    onEnd?.(reason);
  }
  socket.on('message', (data, isBinary) => {
    const frame = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
    if (!isBinary || frame.length === 0) return;
    const [number] = frame;
    if (number === channel.stdout) onData?.(frame.subarray(1));
    else if (number === channel.status) end('its container ended');
  });
  socket.on('close', () => end('the connection closed'));
  socket.on('error', () => end('the connection broke'));

  return {
    send(text) {
      if (socket.readyState !== WebSocket.OPEN) return;
      socket.send(Buffer.concat([Buffer.of(channel.stdin), Buffer.from(text, 'utf8')]));
    },
    onData(listener) {
      onData = listener;
    },
    onEnd(listener) {
      onEnd = listener;
      if (ended !== null) listener(ended);
    },
    close() {
      if (socket.readyState === WebSocket.OPEN && socket.protocol === protocols[0]) {
        socket.send(Buffer.of(channel.close, channel.stdin));
      }
      socket.close();
      // A server that never answers the close must not keep the socket.
      setTimeout(() => socket.terminate(), 2_000).unref();
    },
  };
}

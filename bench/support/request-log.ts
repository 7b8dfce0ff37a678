import { subscribe } from 'node:diagnostics_channel';

/**
 * Tells each request that undici sends from this process to one origin, as `METHOD /path` without the
 * names of objects, and whole. WebSockets are not among them: they do not go through undici.
 */
export function onRequest(origin: string, listener: (kind: string, whole: string) => void): void {
  subscribe('undici:request:create', (message) => {
    const { request } = message as {
      readonly request: { readonly origin: string; readonly method: string; readonly path: string };
    };
    if (request.origin === origin) {
      listener(`${request.method} ${kindOf(request.path)}`, `${request.method} ${request.path}`);
    }
  });
}

/** `nodes`, `jobs`, `pods (watch)`: the resource, or the path itself where there is none. */
function kindOf(path: string): string {
  const url = new URL(path, 'https://x');
  const watch = url.searchParams.get('watch') === 'true' ? ' (watch)' : '';
  const rest = url.pathname.replace(/^\/clusters\/[^/]+/, '');
  const object = /^\/apis?\/(?:[^/]+\/)?v\d+\/(?:namespaces\/[^/]+\/(?=.))?(.+)$/.exec(rest)?.[1];
  if (object === undefined) return rest;
  const [resource = '', name = ''] = object.split('/');
  const shown = ['kube-dns', 'kube-proxy', 'kube-system'].includes(name) ? ` ${name}` : '';
  return `${resource}${shown}${watch}`;
}

import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { openApiDocument, problemCatalogue, problemTypeBase } from '@fairlead/contract';
import { NotFound } from '@fairlead/core';
import type { GatewayParts } from '../gateway-parts.js';

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Fairlead API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
  </head>
  <body>
    <div id="api"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;
const start = `window.ui = SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true });\n`;
const pageFiles = ['/swagger-ui.css', '/swagger-ui-bundle.js'];
/** Swagger UI sets styles by attribute and draws its icons from data: URLs. */
const pagePolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/** All that answers without a key: health, readiness, and what describes the API. */
export async function addOpenRoutes(fastify: FastifyInstance, parts: GatewayParts): Promise<void> {
  fastify.get('/healthz', () => ({ status: 'ok' }));
  fastify.get('/readyz', async () => {
    await parts.store.ping();
    return { status: 'ready' };
  });

  const document = JSON.stringify(openApiDocument(parts.version));
  fastify.get('/openapi.json', (_request, reply) => reply.type('application/json').send(document));

  fastify.get<{ Params: { code: string } }>('/problems/:code', ({ params: { code } }) => {
    const entry = Object.hasOwn(problemCatalogue, code) ? problemCatalogue[code] : undefined;
    if (entry === undefined) throw new NotFound('path', 'of this name');
    return { type: `${problemTypeBase}${code}`, code, ...entry };
  });

  fastify.get('/docs', (_request, reply) => reply.redirect('/docs/'));
  fastify.get('/docs/', (_request, reply) =>
    reply.header('content-security-policy', pagePolicy).type('text/html; charset=utf-8').send(page),
  );
  fastify.get('/docs/start.js', (_request, reply) => reply.type('text/javascript').send(start));
  await fastify.register(fastifyStatic, {
    root: dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json')),
    prefix: '/docs/',
    index: false,
    allowedPath: (path) => pageFiles.includes(path),
    cacheControl: false,
  });
}

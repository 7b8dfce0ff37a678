import { z } from 'zod';
import { roles } from '@fairlead/core';
import { defineOperation } from '../operation.js';
import { Id, nextPageToken, paging, Timestamp, Title, validateOnly } from '../fields.js';

const Role = z.enum(roles).meta({
  id: 'Role',
  description: 'Each may do all that the one before it may.',
});

export const ApiKey = z
  .object({
    id: Id,
    name: Title,
    role: Role,
    createdAt: Timestamp,
    revokedAt: Timestamp.optional(),
  })
  .meta({
    id: 'ApiKey',
    description: 'Who holds it and what it may do; the key itself is stored hashed.',
  });

export const createApiKey = defineOperation({
  id: 'createApiKey',
  summary: 'Create an API key',
  description:
    '`key` is shown this once. A repeated call with the same Idempotency-Key answers without it.',
  kind: 'mutation',
  role: 'admin',
  rest: {
    method: 'POST',
    path: '/v1/api-keys',
    query: ['validateOnly'],
    status: 201,
  },
  grpc: { service: 'ApiKeyService', method: 'CreateApiKey' },
  request: z
    .strictObject({ name: Title, role: Role, validateOnly })
    .meta({ id: 'CreateApiKeyRequest', examples: [{ name: 'Build pipeline', role: 'operator' }] }),
  response: z
    .object({ apiKey: ApiKey, key: z.string().optional() })
    .meta({ id: 'CreateApiKeyResponse' }),
  problems: [],
});

export const listApiKeys = defineOperation({
  id: 'listApiKeys',
  summary: 'List API keys, newest first',
  kind: 'read',
  role: 'admin',
  rest: { method: 'GET', path: '/v1/api-keys', status: 200 },
  grpc: { service: 'ApiKeyService', method: 'ListApiKeys' },
  request: z.strictObject({ ...paging }).meta({ id: 'ListApiKeysRequest' }),
  response: z
    .object({ apiKeys: z.array(ApiKey), nextPageToken })
    .meta({ id: 'ListApiKeysResponse' }),
  problems: ['page-token-invalid'],
});

export const revokeApiKey = defineOperation({
  id: 'revokeApiKey',
  summary: 'Revoke an API key',
  description: 'It stops working within seconds. Asking twice changes nothing.',
  kind: 'mutation',
  role: 'admin',
  rest: {
    method: 'POST',
    path: '/v1/api-keys/{apiKeyId}/revoke',
    query: ['validateOnly'],
    status: 200,
  },
  grpc: { service: 'ApiKeyService', method: 'RevokeApiKey' },
  request: z.strictObject({ apiKeyId: Id, validateOnly }).meta({ id: 'RevokeApiKeyRequest' }),
  response: ApiKey,
  problems: ['api-key-not-found'],
});

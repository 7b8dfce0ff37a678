import type { Operations } from '@fairlead/contract';
import { newApiKey } from '@fairlead/store';
import type { HandlerOf } from '../call/context.js';
import { toApiKey } from '../views/api-keys.js';

export const createApiKey: HandlerOf<Operations['createApiKey']> = async (input, context) => {
  const { name, role, validateOnly = false } = input;
  const { id, text, hash } = newApiKey();
  const { response, replayed } = await context.command(async (tx) => {
    const row = await tx.apiKeys.create({ id, name, role, hash });
    tx.audit({
      type: 'api-key.created',
      actor: context.actor,
      subject: { kind: 'api-key', id },
      data: { name, role },
    });
    // Answers are kept for replays, so the key itself must not stand in this one.
    return { apiKey: toApiKey(row) };
  });
  const isNew = !replayed && !validateOnly;
  return { response: { ...response, ...(isNew && { key: text }) }, replayed };
};

export const listApiKeys: HandlerOf<Operations['listApiKeys']> = async (input, context) => {
  const after = context.pages.read(input.pageToken);
  const { items, next } = await context.store.read((tx) =>
    tx.apiKeys.list({ limit: input.pageSize, ...(after !== undefined && { after }) }),
  );
  return {
    apiKeys: items.map(toApiKey),
    ...(next !== undefined && { nextPageToken: context.pages.write(next) }),
  };
};

export const revokeApiKey: HandlerOf<Operations['revokeApiKey']> = ({ apiKeyId }, context) =>
  context.command(async (tx) => {
    const row = await tx.apiKeys.revoke(apiKeyId);
    tx.audit({
      type: 'api-key.revoked',
      actor: context.actor,
      subject: { kind: 'api-key', id: row.id },
      data: { name: row.name },
    });
    return toApiKey(row);
  });

import type { Operations } from '@fairlead/contract';
import { newId } from '@fairlead/store';
import type { HandlerOf } from '../call/context.js';
import { profileEtag, toProfile } from '../views/profiles.js';
import { checkSettings } from './check-settings.js';

export const createProfile: HandlerOf<Operations['createProfile']> = async (input, context) => {
  const { name, description, settings } = input;
  const { actor, tuners } = context;
  checkSettings(settings, tuners);
  return context.command(async (tx) => {
    const row = await tx.profiles.create({ id: newId(), name, description, settings, actor });
    tx.audit({
      type: 'profile.created',
      actor,
      subject: { kind: 'profile', id: row.id },
      data: { name, revision: row.revision, settings },
    });
    return toProfile(row);
  });
};

export const reviseProfile: HandlerOf<Operations['reviseProfile']> = async (input, context) => {
  const { profileId, description, settings } = input;
  const { actor, tuners } = context;
  checkSettings(settings, tuners);
  return context.command(async (tx) => {
    context.matchEtag(profileEtag(await tx.profiles.get(profileId, undefined, true)));
    const row = await tx.profiles.addRevision(profileId, settings, description, actor);
    tx.audit({
      type: 'profile.revised',
      actor,
      subject: { kind: 'profile', id: row.id },
      data: { name: row.name, revision: row.revision, settings },
    });
    return toProfile(row);
  });
};

export const getProfile: HandlerOf<Operations['getProfile']> = async (input, { store }) =>
  toProfile(await store.read((tx) => tx.profiles.get(input.profileId, input.revision)));

export const listProfiles: HandlerOf<Operations['listProfiles']> = async (input, context) => {
  const after = context.pages.read(input.pageToken);
  const { items, next } = await context.store.read((tx) =>
    tx.profiles.list({ limit: input.pageSize, ...(after !== undefined && { after }) }),
  );
  return {
    profiles: items.map(toProfile),
    ...(next !== undefined && { nextPageToken: context.pages.write(next) }),
  };
};

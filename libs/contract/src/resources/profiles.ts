import { z } from 'zod';
import { defineOperation } from '../operation.js';
import {
  Etag,
  Id,
  Name,
  nextPageToken,
  paging,
  Settings,
  Timestamp,
  validateOnly,
} from '../fields.js';

export const Profile = z
  .object({
    id: Id,
    name: Name,
    description: z.string(),
    revision: z.int(),
    settings: Settings,
    etag: Etag,
    createdAt: Timestamp,
    revisedAt: Timestamp,
    revisedBy: z.string(),
  })
  .meta({
    id: 'Profile',
    description: 'Settings for several tuners. A revision never changes once made.',
  });

const description = z.string().max(1000);
const revision = z.int().min(1).max(2_147_483_647);

export const createProfile = defineOperation({
  id: 'createProfile',
  summary: 'Create a profile with its first revision',
  kind: 'mutation',
  role: 'operator',
  rest: {
    method: 'POST',
    path: '/v1/profiles',
    query: ['validateOnly'],
    status: 201,
    location: '/v1/profiles/{id}',
  },
  grpc: { service: 'ProfileService', method: 'CreateProfile' },
  request: z
    .strictObject({
      name: Name,
      description: description.default(''),
      settings: Settings,
      validateOnly,
    })
    .meta({
      id: 'CreateProfileRequest',
      examples: [
        {
          name: 'busy-web',
          description: 'Many short connections',
          settings: { sysctl: { host: { 'net.core.somaxconn': { atLeast: 4096 } } } },
        },
      ],
    }),
  response: Profile,
  problems: ['settings-invalid', 'unknown-tuner', 'profile-name-taken'],
});

export const reviseProfile = defineOperation({
  id: 'reviseProfile',
  summary: 'Add a revision to a profile',
  description: 'Jobs that were created keep the revision that they were created with.',
  kind: 'mutation',
  role: 'operator',
  rest: {
    method: 'POST',
    path: '/v1/profiles/{profileId}/revisions',
    query: ['validateOnly'],
    status: 201,
    location: '/v1/profiles/{id}?revision={revision}',
  },
  grpc: { service: 'ProfileService', method: 'ReviseProfile' },
  request: z
    .strictObject({
      profileId: Id,
      description: description.optional(),
      settings: Settings,
      validateOnly,
    })
    .meta({
      id: 'ReviseProfileRequest',
      examples: [{ settings: { sysctl: { host: { 'net.core.somaxconn': { atLeast: 8192 } } } } }],
    }),
  response: Profile,
  ifMatch: true,
  problems: ['profile-not-found', 'settings-invalid', 'unknown-tuner'],
});

export const getProfile = defineOperation({
  id: 'getProfile',
  summary: 'Read a profile at its newest or a given revision',
  kind: 'read',
  role: 'viewer',
  rest: { method: 'GET', path: '/v1/profiles/{profileId}', status: 200 },
  grpc: { service: 'ProfileService', method: 'GetProfile' },
  request: z
    .strictObject({ profileId: Id, revision: revision.optional() })
    .meta({ id: 'GetProfileRequest' }),
  response: Profile,
  problems: ['profile-not-found', 'profile-revision-not-found'],
});

export const listProfiles = defineOperation({
  id: 'listProfiles',
  summary: 'List profiles at their newest revision, newest profile first',
  kind: 'read',
  role: 'viewer',
  rest: { method: 'GET', path: '/v1/profiles', status: 200 },
  grpc: { service: 'ProfileService', method: 'ListProfiles' },
  request: z.strictObject({ ...paging }).meta({ id: 'ListProfilesRequest' }),
  response: z
    .object({ profiles: z.array(Profile), nextPageToken })
    .meta({ id: 'ListProfilesResponse' }),
  problems: ['page-token-invalid'],
});

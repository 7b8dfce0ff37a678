import { z } from 'zod';
import { AnyJson, type Json as AnyJsonValue, type JsonObject } from '@fairlead/core';

/**
 * Members that many schemas share. Two rules make one schema fit JSON and protobuf alike: what may be
 * missing is optional and never null, and a list or map of a response is always there, perhaps empty
 * (protobuf cannot tell an absent list from an empty one).
 */

/** UUIDv7: sorts by the time of its making. */
export const Id = z
  .uuid()
  .meta({ description: 'UUID version 7.', examples: ['01938f3a-7c1e-7d2a-9b53-0a6f4e0c1d22'] });

/** RFC 3339, UTC, in both transports. */
export const Timestamp = z.iso
  .datetime()
  .meta({ description: 'RFC 3339, UTC.', examples: ['2026-11-22T09:30:00.000Z'] });

export const Name = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/)
  .meta({ description: 'Lower-case letters, digits, dots and hyphens.', examples: ['shop-eu-1'] });

/** Free text of one line that people give to things. */
export const Title = z
  .string()
  .min(1)
  .max(128)
  .meta({ examples: ['Build pipeline'] });

const LabelText = z.string().max(128);
export const Labels = z
  .record(LabelText.min(1), LabelText)
  .refine((labels) => Object.keys(labels).length <= 32, 'At most 32 labels.')
  .meta({ description: 'At most 32 labels.', examples: [{ region: 'eu-west', stage: 'canary' }] });

export const Json = (AnyJson as z.ZodType<AnyJsonValue, AnyJsonValue>).meta({
  id: 'Json',
  description: 'Any JSON value.',
});

/** Free-form members: what stands inside is checked elsewhere, or is a record of what was seen. */
export const JsonMembers: z.ZodType<JsonObject, JsonObject> = z.record(z.string(), Json);

export const Etag = z.string().meta({
  description: 'Version of the resource; send it back as If-Match to edit exactly what you saw.',
  examples: ['v1'],
});

/** Present in the request of every operation that changes something. */
export const validateOnly = z.boolean().optional().meta({
  description: 'Do everything that can fail, answer what would be answered, and change nothing.',
});

/** Present in the request of every list. */
export const paging = {
  pageSize: z.int().min(1).max(500).default(50).meta({ description: 'Items on a page, at most.' }),
  pageToken: z.string().max(2048).optional().meta({
    description:
      '`nextPageToken` of the page before. Bound to the operation, its filter and the caller.',
  }),
};

/** Present in the response of every list. */
export const nextPageToken = z
  .string()
  .optional()
  .meta({ description: 'Absent on the last page.' });

export const PlanHash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({
    description: 'SHA-256 over all that the plan would write, lower-case hex.',
    examples: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
  });

/** Settings for several tuners, by tuner name; each tuner's own JSON Schema says what may stand inside. */
export const Settings = z.record(z.string().max(64), JsonMembers).meta({
  id: 'Settings',
  description: 'Settings by tuner name. `listTuners` gives the JSON Schema of each.',
  examples: [{ sysctl: { host: { 'net.core.somaxconn': { atLeast: 4096 } } } }],
});

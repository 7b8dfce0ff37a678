import fc from 'fast-check';
import type protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '@fairlead/core';
import { decode, encode } from './codec.js';
import { loadProtos } from './protos.js';

const root = loadProtos();
const Job = root.lookupType('fairlead.v1.Job');
const Difference = root.lookupType('fairlead.v1.Difference');
const Update = root.lookupType('fairlead.v1.UpdateClusterRequest');
const Verification = root.lookupType('fairlead.v1.AuditVerification');

function overTheWire(type: protobuf.Type, plain: JsonObject): JsonObject {
  return decode(type, encode(type, plain));
}

/** JSON knows no negative zero and no broken surrogates, and so neither do we. */
const anyJson = fc
  .jsonValue({ maxDepth: 4 })
  .map((value) => JSON.parse(JSON.stringify(value)) as Json);

describe('google.protobuf.Struct', () => {
  it('brings any JSON members back as they were', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), anyJson), (members) => {
        const settings = JSON.parse(JSON.stringify(members)) as JsonObject;
        expect(overTheWire(Job, { settings })['settings']).toEqual(settings);
      }),
      { numRuns: 200 },
    );
  });

  it('tells an absent value from null, and both from what merely looks empty', () => {
    for (const value of [null, 0, '', false, [], {}, [null], { a: null }] as const) {
      expect(overTheWire(Difference, { before: value })).toHaveProperty('before', value);
    }
    expect(overTheWire(Difference, {})).not.toHaveProperty('before');
  });

  it('tells labels that are left alone from labels that are removed', () => {
    expect(overTheWire(Update, {})).not.toHaveProperty('labels');
    expect(overTheWire(Update, { labels: {} })).toHaveProperty('labels', {});
  });
});

describe('decode', () => {
  it('shows the zeros that proto3 does not send, so that a schema sees them', () => {
    const seen = overTheWire(Verification, { intact: false, rows: 0, headSeq: 0, headHash: '' });

    expect(seen).toEqual({ intact: false, rows: 0, headSeq: 0, headHash: '' });
  });

  it('keeps places in the chain beyond 2^32', () => {
    expect(overTheWire(Verification, { headSeq: 2 ** 52 + 1 })['headSeq']).toBe(2 ** 52 + 1);
  });
});

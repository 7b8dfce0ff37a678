import type { Json, JsonObject } from '@fairlead/core';

/** google.protobuf.Value as protobufjs holds it. */
export interface ProtoValue {
  readonly nullValue?: 0;
  readonly numberValue?: number;
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly structValue?: ProtoStruct;
  readonly listValue?: { readonly values?: readonly ProtoValue[] };
}
export interface ProtoStruct {
  readonly fields?: Readonly<Record<string, ProtoValue>>;
}

export function structOf(members: JsonObject): ProtoStruct {
  const fields = Object.entries(members).flatMap(([key, member]) =>
    member === undefined ? [] : [[key, valueOf(member)] as const],
  );
  return { fields: Object.fromEntries(fields) };
}

export function valueOf(json: Json): ProtoValue {
  if (json === null) return { nullValue: 0 };
  if (typeof json === 'number') return { numberValue: json };
  if (typeof json === 'string') return { stringValue: json };
  if (typeof json === 'boolean') return { boolValue: json };
  if (isList(json)) return { listValue: { values: json.map(valueOf) } };
  return { structValue: structOf(json) };
}

export function jsonOfStruct({ fields = {} }: ProtoStruct): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, jsonOfValue(value)]),
  );
}

/** A value that says nothing at all is null, as protobuf's own JSON mapping has it. */
export function jsonOfValue(value: ProtoValue): Json {
  // Members that are not set stand on the prototype with a default, so only own ones count.
  const has = (kind: keyof ProtoValue) => Object.hasOwn(value, kind);
  if (has('numberValue')) return value.numberValue ?? null;
  if (has('stringValue')) return value.stringValue ?? null;
  if (has('boolValue')) return value.boolValue ?? null;
  if (has('structValue')) return jsonOfStruct(value.structValue ?? {});
  if (has('listValue')) return (value.listValue?.values ?? []).map(jsonOfValue);
  return null;
}

function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

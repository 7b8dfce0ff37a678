import protobuf from 'protobufjs';
import type { Json, JsonObject } from '@fairlead/core';
import { jsonOfStruct, jsonOfValue, structOf, valueOf } from './struct.js';

type Message = Record<string, unknown>;

/**
 * Between messages and the plain objects that the contract's schemas read. One rule for presence: a
 * field that is `optional`, or a message, is absent when it is not set; every other has its value,
 * also where that is zero, "" or an empty list, since proto3 does not send those.
 */
export function encode(type: protobuf.Type, plain: JsonObject): Buffer {
  return Buffer.from(type.encode(toMessage(type, plain)).finish());
}

export function decode(type: protobuf.Type, bytes: Uint8Array): JsonObject {
  return fromMessage(type, type.decode(bytes) as unknown as Message);
}

function toMessage(type: protobuf.Type, plain: JsonObject): Message {
  const message: Message = {};
  for (const field of type.fieldsArray) {
    const value = plain[field.name];
    if (value === undefined) continue;
    message[field.name] = field.repeated
      ? (value as readonly Json[]).map((item) => toField(field, item))
      : toField(field, value);
  }
  return message;
}

function toField(field: protobuf.Field, value: Json): unknown {
  if (field.map || !(field.resolvedType instanceof protobuf.Type)) return value;
  if (field.resolvedType.fullName === '.google.protobuf.Struct')
    return structOf(value as JsonObject);
  if (field.resolvedType.fullName === '.google.protobuf.Value') return valueOf(value);
  return toMessage(field.resolvedType, value as JsonObject);
}

function fromMessage(type: protobuf.Type, message: Message): JsonObject {
  const members: [string, Json][] = [];
  for (const field of type.fieldsArray) {
    const value = message[field.name];
    if (field.repeated) {
      members.push([field.name, (value as unknown[]).map((item) => fromField(field, item))]);
    } else if (field.map) {
      members.push([field.name, { ...(value as Record<string, string>) }]);
    } else if (!hasPresence(field) || (Object.hasOwn(message, field.name) && value !== null)) {
      members.push([field.name, fromField(field, value)]);
    }
  }
  return Object.fromEntries(members);
}

function fromField(field: protobuf.Field, value: unknown): Json {
  if (!(field.resolvedType instanceof protobuf.Type)) return fromScalar(value);
  if (field.resolvedType.fullName === '.google.protobuf.Struct')
    return jsonOfStruct(value as object);
  if (field.resolvedType.fullName === '.google.protobuf.Value') return jsonOfValue(value as object);
  return fromMessage(field.resolvedType, value as Message);
}

/** 64-bit integers of ours (places in the chain) stay far below 2^53. */
function fromScalar(value: unknown): Json {
  const isLong = typeof value === 'object' && value !== null && 'toNumber' in value;
  return isLong ? (value as { toNumber(): number }).toNumber() : (value as Json);
}

function hasPresence(field: protobuf.Field): boolean {
  return field.resolvedType instanceof protobuf.Type || field.options?.['proto3_optional'] === true;
}

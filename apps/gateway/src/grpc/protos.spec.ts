import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { operations, type Operation } from '@fairlead/contract';
import { loadProtos, protoPackage } from './protos.js';

const root = loadProtos();
const table = Object.values(operations) as readonly Operation[];

describe('proto/fairlead/v1', () => {
  it.each(table.map((operation) => [operation.id, operation] as const))(
    'has the members of %s with the types and the presence of the contract',
    (_id, operation) => {
      const service = root.lookupService(`${protoPackage}.${operation.grpc.service}`);
      const method = service.methods[operation.grpc.method]?.resolve() as protobuf.Method;

      expect(method.responseStream ?? false).toBe(['watch', 'download'].includes(operation.kind));
      expect(differences(operation.request, method.resolvedRequestType)).toEqual([]);
      expect(differences(operation.response, method.resolvedResponseType)).toEqual([]);
    },
  );

  it('has no method beyond the contract', () => {
    const inProto = servicesIn(root).flatMap((service) =>
      Object.keys(service.methods).map((method) => `${service.name}/${method}`),
    );
    const inTable = table.map(({ grpc }) => `${grpc.service}/${grpc.method}`);

    expect(inProto.toSorted()).toEqual(inTable.toSorted());
  });

  it('has no enum: a value that is added later must not become number 0', () => {
    const enums = (root.lookup(protoPackage) as protobuf.Namespace).nestedArray.filter(
      (nested) => nested instanceof protobuf.Enum,
    );

    expect(enums).toEqual([]);
  });
});

function servicesIn(from: protobuf.Root): readonly protobuf.Service[] {
  return (from.lookup(protoPackage) as protobuf.Namespace).nestedArray.filter(
    (nested) => nested instanceof protobuf.Service,
  );
}

/** Every place where a schema and a message disagree, as text. */
function differences(schema: z.ZodObject, type: protobuf.Type | null): readonly string[] {
  if (type === null) return ['no message'];
  const id = schema.meta()?.['id'];
  const found: string[] = id === type.name ? [] : [`${String(id)} is called ${type.name}`];
  const names = type.fieldsArray.map((field) => field.name);
  const members = Object.keys(schema.shape);
  found.push(
    ...names
      .filter((name) => !members.includes(name))
      .map((name) => `${type.name}.${name} is in proto alone`),
  );
  for (const [name, member] of Object.entries(schema.shape)) {
    const field = type.fields[name];
    if (field === undefined) found.push(`${type.name}.${name} is in the contract alone`);
    else found.push(...fieldDifferences(`${type.name}.${name}`, member as z.ZodType, field));
  }
  return found;
}

function fieldDifferences(
  where: string,
  member: z.ZodType,
  field: protobuf.Field,
): readonly string[] {
  const { inner, isOptional } = unwrapped(member);
  if (inner instanceof z.ZodArray) {
    const nested = field.repeated ? [] : [`${where} must be repeated`];
    return [...nested, ...valueDifferences(where, inner.element as z.ZodType, field)];
  }
  const hasPresence =
    field.resolvedType instanceof protobuf.Type || field.options?.['proto3_optional'] === true;
  // A map without entries and one that is missing are the same, as with lists.
  const needsPresence = isOptional && !(field.map && member instanceof z.ZodDefault);
  const presence =
    needsPresence && !hasPresence
      ? [`${where} must be optional`]
      : !isOptional && field.options?.['proto3_optional'] === true
        ? [`${where} must not be optional`]
        : [];
  return [...presence, ...valueDifferences(where, inner, field)];
}

function valueDifferences(
  where: string,
  schema: z.ZodType,
  field: protobuf.Field,
): readonly string[] {
  if (schema instanceof z.ZodObject) {
    return field.resolvedType instanceof protobuf.Type
      ? differences(schema, field.resolvedType)
      : [`${where} must be a message`];
  }
  const type = field.map
    ? `map<${(field as unknown as protobuf.MapField).keyType}, ${field.type}>`
    : field.type;
  const wanted = protoTypes(schema);
  return wanted.includes(type) ? [] : [`${where} is ${type}, not ${wanted.join(' or ')}`];
}

function protoTypes(schema: z.ZodType): readonly string[] {
  if (schema instanceof z.ZodRecord) {
    return schema.valueType instanceof z.ZodString
      ? ['map<string, string>', 'google.protobuf.Struct']
      : ['google.protobuf.Struct'];
  }
  if (schema instanceof z.ZodNumber)
    return schema.format === 'safeint' ? ['int32', 'int64'] : ['double'];
  if (schema instanceof z.ZodBoolean) return ['bool'];
  if (schema instanceof z.ZodLazy) return ['google.protobuf.Value'];
  return ['string'];
}

function unwrapped(member: z.ZodType): { inner: z.ZodType; isOptional: boolean } {
  let inner = member;
  let isOptional = false;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) {
    isOptional = true;
    inner = inner.unwrap() as z.ZodType;
  }
  return { inner, isOptional };
}

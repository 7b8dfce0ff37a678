import { valueAt, type Json, type JsonObject } from '@fairlead/core';

/** Members of an object that came from outside: absent and of another type are the same to a reader. */
export function textAt(value: Json | undefined, path: readonly string[]): string | null {
  const found = valueAt(value, path);
  return typeof found === 'string' ? found : null;
}

export function numberAt(value: Json | undefined, path: readonly string[]): number | null {
  const found = valueAt(value, path);
  return typeof found === 'number' ? found : null;
}

export function listAt(value: Json | undefined, path: readonly string[]): readonly Json[] {
  const found = valueAt(value, path);
  return Array.isArray(found) ? (found as readonly Json[]) : [];
}

export function objectAt(value: Json | undefined, path: readonly string[]): JsonObject {
  const found = valueAt(value, path);
  return isObject(found) ? found : {};
}

export function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** The members whose values are texts: labels, annotations. */
export function textsAt(value: Json | undefined, path: readonly string[]): Record<string, string> {
  const entries = Object.entries(objectAt(value, path));
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** Containers and init containers of a workload's pod template. */
export function containersOf(workload: Json): readonly Json[] {
  const podSpec = ['spec', 'template', 'spec'];
  return [
    ...listAt(workload, [...podSpec, 'initContainers']),
    ...listAt(workload, [...podSpec, 'containers']),
  ];
}

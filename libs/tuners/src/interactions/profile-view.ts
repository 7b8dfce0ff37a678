import type { Change, Json, JsonObject, PlannedPart } from '@fairlead/core';
import { isObject, textAt } from '../json-reading.js';

/** An object that some tuner saw, as far as its name goes. */
export interface SeenName {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/**
 * A profile as rules look at it: by what is changed and by what was seen, rather than by the settings of
 * one tuner, so that a rule holds for every tuner that does the same thing.
 */
export class ProfileView {
  readonly parts: readonly PlannedPart[];
  readonly changes: readonly Change[];
  #seen: readonly SeenName[] | undefined;

  constructor(parts: readonly PlannedPart[]) {
    this.parts = parts;
    this.changes = parts.flatMap(({ plan }) => plan.changes);
  }

  observationOf(tuner: string): JsonObject {
    return this.parts.find((part) => part.tuner === tuner)?.observation ?? {};
  }

  /** Names of all objects that stand in any observation, as references or in its own words. */
  get seen(): readonly SeenName[] {
    this.#seen ??= this.parts.flatMap(({ observation }) => [...namesIn(observation)]);
    return this.#seen;
  }

  sees(kind: string, name: RegExp): SeenName | null {
    return this.seen.find((each) => each.kind === kind && name.test(each.name)) ?? null;
  }

  /** The values of a member anywhere in the observations. */
  valuesOf(member: string): readonly Json[] {
    return this.parts.flatMap(({ observation }) => [...membersIn(observation, member)]);
  }
}

function* namesIn(value: Json): Generator<SeenName> {
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) yield* namesIn(item);
    return;
  }
  if (typeof value === 'string') {
    // `DaemonSet kube-system/node-local-dns`, as sentences name objects.
    const [, kind, namespace, name] =
      /^([A-Z]\w+) (?:([-a-z0-9.]+)\/)?([-a-z0-9.]+)$/.exec(value) ?? [];
    if (kind !== undefined && name !== undefined) {
      yield { kind, name, ...(namespace !== undefined && { namespace }) };
    }
    return;
  }
  if (!isObject(value)) return;
  const [kind, name] = [textAt(value, ['kind']), textAt(value, ['name'])];
  if (kind !== null && name !== null && /^[A-Z]/.test(kind)) {
    const namespace = textAt(value, ['namespace']);
    yield { kind, name, ...(namespace !== null && { namespace }) };
  }
  for (const member of Object.values(value)) if (member !== undefined) yield* namesIn(member);
}

function* membersIn(value: Json, name: string): Generator<Json> {
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) yield* membersIn(item, name);
    return;
  }
  if (!isObject(value)) return;
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    if (key === name) yield member;
    yield* membersIn(member, name);
  }
}

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { kernelKeyNames } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tuners } from './index.js';

const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .filter((name) => existsSync(join(import.meta.dirname, name, 'index.ts')));

describe('the list of tuners', () => {
  it('has every folder that declares one', () => {
    expect(tuners.map(({ name }) => name).toSorted()).toEqual(folders.toSorted());
  });

  it('stands in the order in which tuners may change a cluster', () => {
    const orders = tuners.map(({ order }) => order);
    expect(orders).toEqual(orders.toSorted((a, b) => a - b));
    expect(new Set(orders).size).toBe(orders.length);
  });

  it('names an owner for each kernel key, and never two for any parameter', () => {
    const owned = tuners.flatMap(({ parameters }) => parameters.map(({ name }) => name));
    const isKey = (name: string) => (kernelKeyNames as readonly string[]).includes(name);
    expect(owned.filter(isKey).toSorted()).toEqual(kernelKeyNames.toSorted());
    expect(owned.toSorted()).toEqual([...new Set(owned)].toSorted());
    // Whatever is no kernel key is called by its owner and its field.
    expect(owned.filter((name) => !isKey(name) && !/^[a-z][a-z-]*(\.[\w-]+)+$/.test(name))).toEqual(
      [],
    );
  });

  it.each(folders)('finds the files of a tuner in %s', (name) => {
    const needed = ['settings.ts', 'observe.ts', 'plan.ts', 'probes.ts', 'README.md'];
    const missing = needed.filter((file) => !existsSync(join(import.meta.dirname, name, file)));
    expect(missing).toEqual([]);
  });

  it.each(tuners)('tells in words what may be asked of $name', (tuner) => {
    const schema = z.toJSONSchema(tuner.settings, { io: 'input' });
    const lacking = describedBelow(schema, tuner.name);
    expect(lacking).toEqual([]);
  });

  it.each(tuners)('gives each right of $name a reason', ({ rbac }) => {
    for (const rule of rbac) {
      expect(rule.reason).toMatch(/^[A-Zk].*\.$/);
      expect(rule.verbs).not.toContain('*');
      expect(rule.resources).not.toContain('*');
    }
  });
});

/** Members of objects in a JSON Schema, down to the leaves, that have no description. */
function describedBelow(schema: unknown, path: string): string[] {
  if (schema === null || typeof schema !== 'object') return [];
  const { properties, items } = schema as { properties?: Record<string, object>; items?: object };
  const members = Object.entries(properties ?? {}).flatMap(([name, member]) => {
    const plain = ['namespace', 'kind', 'name', 'matchLabels', 'value', 'sysctls'];
    const isNamed = plain.includes(name);
    const own = 'description' in member || isNamed ? [] : [`${path}.${name}`];
    return [...own, ...describedBelow(member, `${path}.${name}`)];
  });
  return [...members, ...(items === undefined ? [] : describedBelow(items, `${path}[]`))];
}

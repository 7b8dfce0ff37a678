import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import allowedImports from './allowed-imports.json' with { type: 'json' };

const root = join(import.meta.dirname, '..');
const nodeFree = ['core', 'contract', 'tuners'];

interface Project {
  readonly name: string;
  readonly folder: string;
  readonly sources: readonly string[];
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((entry) => {
    const path = join(folder, entry);
    if (entry === 'generated' || entry === 'node_modules' || entry === 'dist') return [];
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

const projects: Project[] = ['libs', 'apps'].flatMap((kind) =>
  readdirSync(join(root, kind)).map((name) => {
    const folder = join(root, kind, name);
    const sources = filesBelow(join(folder, 'src')).filter(
      (path) => /\.tsx?$/.test(path) && !/\.spec\.ts$|\/testing\//.test(path),
    );
    return { name, folder, sources };
  }),
);

function importsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].flatMap(([, name]) => name ?? []);
}

describe('the architecture', () => {
  it('has every project in the table of allowed imports', () => {
    expect(projects.map(({ name }) => name).toSorted()).toEqual(
      Object.keys(allowedImports).toSorted(),
    );
  });

  it.each(projects)('lets $name import only what the table allows', ({ name, sources }) => {
    const allowed: readonly string[] = allowedImports[name as keyof typeof allowedImports];
    const found = sources.flatMap((path) =>
      importsOf(path)
        .filter((target) => target.startsWith('@fairlead/'))
        .map((target) => target.split('/')[1] ?? '')
        .filter((target) => !allowed.includes(target))
        .map((target) => `${relative(root, path)} imports ${target}`),
    );
    expect(found).toEqual([]);
  });

  it.each(projects.filter(({ name }) => nodeFree.includes(name)))(
    'keeps $name free of Node and of Nest',
    ({ sources }) => {
      const found = sources.flatMap((path) =>
        importsOf(path)
          .filter((target) => target.startsWith('node:') || target.startsWith('@nestjs/'))
          .map((target) => `${relative(root, path)} imports ${target}`),
      );
      expect(found).toEqual([]);
    },
  );

  it('lets only apps know Nest', () => {
    const found = projects
      .filter(({ folder }) => folder.includes('/libs/'))
      .flatMap(({ sources }) => sources)
      .filter((path) => importsOf(path).some((target) => target.startsWith('@nestjs/')));
    expect(found).toEqual([]);
  });

  it('reaches libraries through their one index only', () => {
    const found = projects.flatMap(({ sources }) =>
      sources.filter((path) =>
        importsOf(path).some((target) => /^@fairlead\/[^/]+\/./.test(target)),
      ),
    );
    expect(found).toEqual([]);
  });

  it('runs on the Node that the lock file names', () => {
    expect(process.version).toBe('v24.21.0');
  });
});

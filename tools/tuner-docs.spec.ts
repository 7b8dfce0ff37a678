import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { baseRules } from '@fairlead/kube';
import { interactionRules, parameterCatalogue, tuners } from '@fairlead/tuners';
import { interactionsMarkdown, parametersMarkdown, rbacMarkdown } from './tuner-docs.js';

const docs = join(import.meta.dirname, '../docs');
const shipped = (name: string) => readFileSync(join(docs, name), 'utf8');

describe('the documents made from the tuners', () => {
  it('has a current docs/parameters.md (else: npm run build; node tools/generate-tuner-docs.mjs)', () => {
    expect(shipped('parameters.md')).toBe(parametersMarkdown(parameterCatalogue(tuners)));
  });

  it('has a current docs/tuners/rbac.md (else: npm run build; node tools/generate-tuner-docs.mjs)', () => {
    expect(shipped('tuners/rbac.md')).toBe(rbacMarkdown(tuners, baseRules));
  });

  it('has a current docs/tuners/interactions.md (else: npm run build; node tools/generate-tuner-docs.mjs)', () => {
    expect(shipped('tuners/interactions.md')).toBe(interactionsMarkdown(interactionRules));
  });

  it('lists every tuner in docs/tuners/README.md, in the order in which they run', () => {
    const listed = [...shipped('tuners/README.md').matchAll(/^\| \[([a-z-]+)\]/gm)];

    expect(listed.map(([, name]) => name)).toEqual(tuners.map(({ name }) => name));
  });

  it('says of each right where it holds, on what, and why', () => {
    const text = rbacMarkdown(
      [
        {
          name: 't',
          title: 'T',
          rbac: [
            {
              scope: { namespace: 'dns' },
              apiGroup: 'apps',
              resources: ['deployments'],
              resourceNames: ['coredns'],
              verbs: ['get', 'patch'],
              reason: 'To roll it | again.',
            },
          ],
        },
      ],
      [],
    );

    expect(text).toContain('## t: T');
    expect(text).toContain(
      '| dns | apps | deployments | coredns | get, patch | To roll it \\| again. |',
    );
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { apiMarkdown } from './api-markdown.js';
import { problemsMarkdown } from './problems-markdown.js';

const docs = new URL('../../../../docs/', import.meta.url);

describe('the documents made from the contract', () => {
  it.each([
    ['api.md', apiMarkdown],
    ['problems.md', problemsMarkdown],
  ])('has a current docs/%s (else: npm run docs -w @fairlead/contract)', (file, make) => {
    expect(readFileSync(new URL(file, docs), 'utf8')).toBe(make());
  });
});

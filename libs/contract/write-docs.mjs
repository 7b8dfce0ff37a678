// Writes docs/api.md and docs/problems.md; run after the build.
import { writeFileSync } from 'node:fs';
import { apiMarkdown, problemsMarkdown } from './dist/index.js';

const docs = new URL('../../docs/', import.meta.url);
writeFileSync(new URL('api.md', docs), apiMarkdown());
writeFileSync(new URL('problems.md', docs), problemsMarkdown());

#!/usr/bin/env node
// Writes docs/parameters.md and docs/tuners/{rbac,interactions}.md from what the tuners declare. Needs Node 24 and a build.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { baseRules } from '@fairlead/kube';
import { interactionRules, parameterCatalogue, tuners } from '@fairlead/tuners';
import { interactionsMarkdown, parametersMarkdown, rbacMarkdown } from './tuner-docs.ts';

const docs = join(import.meta.dirname, '../docs');
writeFileSync(join(docs, 'parameters.md'), parametersMarkdown(parameterCatalogue(tuners)));
writeFileSync(join(docs, 'tuners/rbac.md'), rbacMarkdown(tuners, baseRules));
writeFileSync(join(docs, 'tuners/interactions.md'), interactionsMarkdown(interactionRules));

#!/usr/bin/env node
// Writes docs/parameters.md and docs/tuners/rbac.md from what the tuners declare. Needs Node 24 and a build.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { baseRules } from '@fairlead/kube';
import { parameterCatalogue, tuners } from '@fairlead/tuners';
import { parametersMarkdown, rbacMarkdown } from './tuner-docs.ts';

const docs = join(import.meta.dirname, '../docs');
writeFileSync(join(docs, 'parameters.md'), parametersMarkdown(parameterCatalogue(tuners)));
writeFileSync(join(docs, 'tuners/rbac.md'), rbacMarkdown(tuners, baseRules));

#!/usr/bin/env node
// Writes deploy/rbac/fairlead.yaml from the rules that the engine and the tuners declare.
// Needs Node 24 and a build. Usage: node tools/generate-rbac.mjs [--print]
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { baseRules } from '@fairlead/kube';
import { tuners } from '@fairlead/tuners';
import { rbacManifest } from './rbac-manifest.ts';

const text = rbacManifest([
  { name: 'every job', rules: baseRules },
  ...tuners.map(({ name, rbac }) => ({ name, rules: rbac })),
]);
if (process.argv.includes('--print')) process.stdout.write(text);
else writeFileSync(join(import.meta.dirname, '../deploy/rbac/fairlead.yaml'), text);

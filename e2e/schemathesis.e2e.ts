import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '@fairlead/contract';
import { startInstallation, type Installation } from './support/fairlead.js';

const program = findProgram();
const missing = program === null ? ': schemathesis is not available here' : '';
/** They never end by themselves. */
const watches = Object.values(operations).filter(({ kind }) => kind === 'watch');
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
];

/** What is read of schemathesis' own report. */
interface Report {
  readonly complete: boolean;
  readonly operations: { readonly tested: number };
  readonly test_cases: { readonly generated: number };
}

describe.skipIf(program === null)(`the API against its own OpenAPI document${missing}`, () => {
  let fairlead: Installation;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairlead-schemathesis-'));
    fairlead = await startInstallation();
  });
  afterAll(async () => {
    await fairlead?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('answers whatever is sent with a documented status, type and body, and never with a 5xx', async () => {
    const report = join(folder, 'report.json');

    const { code, output } = await run(program ?? '', [
      'run',
      `${fairlead.http}/openapi.json`,
      ...['--header', `Authorization: Bearer ${fairlead.adminKey}`],
      ...['--checks', checks.join(',')],
      ...['--phases', 'examples,coverage,fuzzing'],
      ...['--max-examples', '20', '--workers', '2', '--seed', '3', '--request-timeout', '20'],
      ...['--suppress-health-check', 'all', '--no-color', '--continue-on-failure'],
      ...['--report', 'json', '--report-json-path', report],
      ...watches.flatMap(({ id }) => ['--exclude-operation-id', id]),
    ]);

    expect(code, output).toBe(0);
    const { complete, operations: tried, test_cases: cases } = await readReport(report);
    expect(complete).toBe(true);
    expect(tried.tested).toBe(Object.keys(operations).length - watches.length);
    expect(cases.generated).toBeGreaterThan(500);
  });
});

/** The program that the environment names, else one on the path. */
function findProgram(): string | null {
  const named = process.env['FAIRLEAD_SCHEMATHESIS'];
  const candidates = named === undefined ? ['schemathesis', 'st'] : [named];
  const works = (candidate: string) => spawnSync(candidate, ['--version']).status === 0;
  return candidates.find(works) ?? null;
}

async function readReport(file: string): Promise<Report> {
  return JSON.parse(await readFile(file, 'utf8')) as Report;
}

async function run(
  command: string,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, output };
}

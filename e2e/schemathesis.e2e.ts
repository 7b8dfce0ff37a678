import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '@fairlead/contract';
import { startSimulator, type Simulator } from '@fairlead/simulator';
import { restApi } from './support/api.js';
import { startInstallation, type Installation } from './support/fairlead.js';
import { createJob, jobIn, registerCluster } from './support/jobs.js';

const program = findProgram();
const missing = program === null ? ': schemathesis is not available here' : '';
/** They never end by themselves. */
const watches = Object.values(operations).filter(({ kind }) => kind === 'watch');
/**
 * Left out of all checks: a request may fit the schema and still be refused, as page tokens, tuners'
 * settings and kubeconfigs are; and without If-Match the status is 428, which the check does not know.
 */
const leftOut = ['positive_data_acceptance', 'missing_required_header'];

/** What is read of schemathesis' own report. */
interface Report {
  readonly complete: boolean;
  readonly operations: { readonly tested: number };
  readonly test_cases: { readonly generated: number };
  /** Operations that answered 404, or 401, to nearly everything. */
  readonly warnings: {
    readonly missing_test_data: readonly string[];
    readonly missing_auth: readonly string[];
  };
}

describe.skipIf(program === null)(`the API against its own OpenAPI document${missing}`, () => {
  let fairlead: Installation;
  let simulator: Simulator;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairlead-schemathesis-'));
    const clusters = ['kept', 'spare'].map((name) => ({
      name,
      nodes: [{ name }],
      probeSpeed: 100,
    }));
    simulator = await startSimulator({ port: 0, clusters });
    fairlead = await startInstallation();
    fairlead.startWorker();
    await writeFile(join(folder, 'config.toml'), await existingThings(fairlead, simulator));
  });
  afterAll(async () => {
    await fairlead?.stop();
    await simulator?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('answers whatever is sent with a documented status, type and body, and never with a 5xx', async () => {
    const report = join(folder, 'report.json');

    const { code, output } = await runUnlessItBreaks([
      ...['--config-file', join(folder, 'config.toml')],
      'run',
      `${fairlead.http}/openapi.json`,
      ...['--header', `Authorization: Bearer ${fairlead.adminKey}`],
      ...['--checks', 'all', '--exclude-checks', leftOut.join(',')],
      ...['--phases', 'examples,coverage,fuzzing'],
      ...['--max-examples', '20', '--workers', '1', '--seed', '3', '--request-timeout', '20'],
      ...['--suppress-health-check', 'all', '--no-color', '--continue-on-failure'],
      ...['--report', 'json', '--report-json-path', report],
      ...watches.flatMap(({ id }) => ['--exclude-operation-id', id]),
    ]);

    expect(code, output).toBe(0);
    const { complete, operations: tried, test_cases: cases, warnings } = await readReport(report);
    expect(complete).toBe(true);
    expect(tried.tested).toBe(Object.keys(operations).length - watches.length);
    expect(cases.generated).toBeGreaterThan(500);
    expect(warnings.missing_auth).toEqual([]);
    expect(warnings.missing_test_data.length).toBeLessThan(4);
  });
});

/**
 * Things that exist, for most requests that name one: a finished job on a simulated cluster. What
 * removes or revokes gets others, so that the cluster and the key in use are still there at the end.
 */
async function existingThings(fairlead: Installation, simulator: Simulator): Promise<string> {
  const api = restApi(fairlead.http, fairlead.adminKey);
  const [kept, spare] = await Promise.all(
    simulator.clusters.map(({ name, kubeconfig }) => registerCluster(api, name, kubeconfig)),
  );
  const { apiKey } = await api.call('createApiKey', { name: 'spare', role: 'viewer' });
  const settings = { sysctl: { host: { 'net.core.somaxconn': { value: 16_384 } } } };
  const jobId = await createJob(api, kept.id, settings);
  const { profileId } = await jobIn(api, jobId, ['succeeded']);
  const ids = {
    cluster: kept.id,
    spareCluster: spare.id,
    spareKey: apiKey.id,
    job: jobId,
    profile: profileId,
  };
  return [
    ...Object.entries(ids).map(([name, id]) => `[dictionaries.${name}]\nvalues = ["${id}"]`),
    '[parameters]',
    ...['path.clusterId', 'body.clusterId', 'query.clusterId'].map(drawnFrom('cluster')),
    ...['path.profileId', 'body.profileId'].map(drawnFrom('profile')),
    ...['path.jobId', 'query.jobId'].map(drawnFrom('job')),
    '[[operations]]\ninclude-operation-id = "removeCluster"\n[operations.parameters]',
    '"path.clusterId" = { dictionary = "spareCluster" }',
    '[[operations]]\ninclude-operation-id = "revokeApiKey"\n[operations.parameters]',
    '"path.apiKeyId" = { dictionary = "spareKey" }',
  ].join('\n');
}

function drawnFrom(dictionary: string): (place: string) => string {
  return (place) => `"${place}" = { dictionary = "${dictionary}", probability = 0.7 }`;
}

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

/**
 * Tries again, twice at most, when the tool itself broke: on Python 3.11 hypothesis now and then fails
 * inside `ast.parse`, which says nothing about the API.
 */
async function runUnlessItBreaks(args: readonly string[]) {
  for (let attempt = 1; ; attempt += 1) {
    const result = await run(program ?? '', args);
    const isBroken = result.output.includes('AST constructor recursion depth mismatch');
    if (!isBroken || attempt === 3) return { ...result, output: result.output.slice(0, 20_000) };
  }
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

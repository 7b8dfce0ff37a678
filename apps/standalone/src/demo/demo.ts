import { Api } from './api.js';
import { registerFleet, runFirstJob } from './first-job.js';
import { fleetText, measurementsText, planText } from './report.js';

export interface DemoOptions {
  readonly url: string;
  readonly key: string;
  /** Holds the kubeconfigs of the simulated clusters. */
  readonly simulatorFolder: string;
  readonly say: (text: string) => void;
}

/**
 * Registers the simulated fleet, runs a first job on one cluster and shows all that came of it.
 *
 * @throws Error when the job does not succeed or the audit chain is broken
 */
export async function runDemo({ url, key, simulatorFolder, say }: DemoOptions): Promise<void> {
  const api = new Api(url, key);
  const clusters = await registerFleet(api, simulatorFolder);
  say(`\nSIMULATED FLEET\n${fleetText(clusters)}`);

  const [first] = clusters;
  if (first?.state !== 'ready')
    throw new Error(
      `${first?.name ?? 'The cluster'} is not ready: ${first?.problem?.message ?? ''}`,
    );
  say(`\nFIRST JOB, on the simulated cluster ${first.name}, without an approval`);
  let hasPlan = false;
  const job = await runFirstJob(api, first.id, (seen) => {
    say(`  ${seen.state}`);
    if (seen.plan === undefined || hasPlan) return;
    hasPlan = true;
    say(`\nPLAN ${seen.planHash?.slice(0, 12) ?? ''}\n${planText(seen.plan)}\n`);
  });
  if (job.state === 'unchanged') {
    say('The cluster already holds all that the profile asks for: nothing was written.');
  } else if (job.state === 'succeeded') {
    say(
      `\nBEFORE AND AFTER\n${measurementsText(await api.call('getMeasurements', { jobId: job.id }))}`,
    );
  } else {
    throw new Error(
      `The first job ended as ${job.state}: ${job.problem?.message ?? 'no reason given'}`,
    );
  }

  const chain = await api.call('verifyAuditChain', {});
  if (!chain.intact)
    throw new Error(
      `The audit chain is broken at event ${chain.firstBad?.seq}: ${chain.firstBad?.reason}`,
    );
  say(`\nAUDIT  ${chain.rows} events, chain intact, head ${chain.headHash.slice(0, 16)}`);
}

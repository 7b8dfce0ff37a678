import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Administrator, until } from './support/administrator.js';
import { restApi, type Api } from './support/api.js';
import { startInstallation, type Installation } from './support/fairlead.js';
import { createJob, ended, jobIn, registerCluster } from './support/jobs.js';

const [cluster] = inject('clusters');
const somaxconn = 'net.core.somaxconn';
const established = 'net.netfilter.nf_conntrack_tcp_timeout_established';
// Kernel keys, an edit of kube-proxy's configuration, its restart, a wait, and an object of our own.
const settings = {
  conntrack: { timeoutSeconds: { tcpEstablished: 7200 } },
  sysctl: { host: { [somaxconn]: { value: 16_384 } }, persist: 'daemonset' },
};
const kinds = ['node', 'edit', 'restart', 'await', 'create'];
const forward = [
  'left:queued',
  'left:observing',
  'measured:before',
  ...kinds.flatMap((kind) => ['intended', 'written', 'applied'].map((step) => `${step}:${kind}`)),
  'left:verifying',
  'measured:after',
];
const backward = ['create', 'node', 'edit', 'restart'].flatMap((kind) =>
  ['undo-intended', 'undo-written', 'undone'].map((step) => `${step}:${kind}`),
);

describe.skipIf(cluster === undefined)(
  `a worker that dies on a real cluster${inject('missing')}`,
  () => {
    let fairlead: Installation;
    let api: Api;
    let administrator: Administrator;
    let clusterId: string;
    let jobId: string;
    let original: unknown;

    const seen = async () => {
      const nodes = await administrator.nodes();
      const keys = await Promise.all(
        nodes.map(async (node) => [
          node,
          await administrator.hostKey(node, somaxconn),
          await administrator.hostKey(node, established),
        ]),
      );
      const configMap = await administrator.read<any>({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        namespace: 'kube-system',
        name: 'kube-proxy',
      });
      const daemonSet = await administrator.read<any>({
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        namespace: 'kube-system',
        name: 'kube-proxy',
      });
      return { keys, config: configMap.data, template: daemonSet.spec.template };
    };

    /** Lets one worker after another die at the next step, then one finish. */
    async function dieAtEach(checkpoints: readonly string[]): Promise<string[]> {
      const died: string[] = [];
      for (const at of checkpoints) {
        const worker = fairlead.startWorker({
          FAIRLEAD_FAULT_INJECTION: '1',
          FAIRLEAD_CRASH_AT: at,
        });
        let end: string | null = null;
        void worker.gone.then((how) => (end = how));
        await until(async () => {
          const { state } = await api.call('getJob', { jobId });
          return (
            end !== null || (ended.includes(state) && state !== 'succeeded') || isDone(state, at)
          );
        }, 180);
        if (end === 'SIGKILL') died.push(at);
        else await worker.stop();
      }
      return died;
    }

    beforeAll(async () => {
      if (cluster === undefined) return;
      fairlead = await startInstallation();
      api = restApi(fairlead.http, fairlead.adminKey);
      administrator = new Administrator(cluster);
      const kubeconfig = await administrator.installFairlead();
      await administrator.startObservers();
      original = await seen();
      const first = fairlead.startWorker();
      clusterId = (await registerCluster(api, administrator.name, kubeconfig)).id;
      await first.stop();
    });

    afterAll(async () => {
      await administrator?.stopObservers();
      await fairlead?.stop();
    });

    it('is replaced, at every step of a job, by one that finishes it', async () => {
      jobId = await createJob(api, clusterId, settings);

      const died = await dieAtEach(forward);
      expect(died).toEqual(forward);
      // The one that ends the job dies before it has tidied up, which is left to the next.
      const atTheEnd = { FAIRLEAD_FAULT_INJECTION: '1', FAIRLEAD_CRASH_AT: 'left:judging' };
      expect(await fairlead.startWorker(atTheEnd).gone).toBe('SIGKILL');
      const job = await jobIn(api, jobId, ['succeeded']);
      const worker = fairlead.startWorker();
      // Of all the agents nothing is left; what persist asked for stays.
      await administrator.untilNothingIsLeft((left) => / fairlead-sysctl/.test(left));
      await worker.stop();

      const after: any = await seen();
      for (const [, ...values] of after.keys) expect(values).toEqual(['16384', '7200']);
      await everyWriteIsRecordedOnce(job, ['change.intended', 'change.applied']);
      expect(await administrator.leftovers()).toContain('DaemonSet fairlead-sysctl');
    });

    it('is replaced, at every step of an undo, by one that finishes it to the byte', async () => {
      await api.call('undoJob', { jobId });

      const died = await dieAtEach(backward);
      expect(died).toEqual(backward);
      const worker = fairlead.startWorker();
      const job = await jobIn(api, jobId, ['reverted']);
      await administrator.untilNothingIsLeft();
      await worker.stop();

      expect(await seen()).toEqual(original);
      await everyWriteIsRecordedOnce(job, ['change.undo-intended', 'change.undone']);
    });

    it('goes on when Postgres is restarted in the middle', async () => {
      const worker = fairlead.startWorker();
      jobId = await createJob(api, clusterId, { sysctl: { host: settings.sysctl.host } });
      await jobIn(api, jobId, ['measuring-before', 'applying', 'verifying', 'settling']);

      await fairlead.restartPostgres();
      const job = await jobIn(api, jobId, ['succeeded', 'reverted']);
      if (job.state === 'succeeded') await api.call('undoJob', { jobId });
      await jobIn(api, jobId, ['reverted']);
      await worker.stop();

      expect(await seen()).toEqual(original);
      expect(await api.call('verifyAuditChain', {})).toMatchObject({ intact: true });
    });

    /** An intent may be followed by a resumed one, never by a second result; and no write lacks its record. */
    async function everyWriteIsRecordedOnce(
      job: any,
      [intent, result]: readonly string[],
    ): Promise<void> {
      const { events } = await api.call('listAuditEvents', { jobId, pageSize: 500 });
      for (const { id } of job.plan.changes) {
        const of = (type: string | undefined) =>
          events.filter((event: any) => event.type === type && event.data.changeId === id);
        expect(of(result), `${result} of ${id}`).toHaveLength(1);
        expect(of(intent)[0].seq).toBeLessThan(of(result)[0].seq);
      }
      expect(await api.call('verifyAuditChain', {})).toMatchObject({ intact: true });
    }
  },
);

/** A checkpoint that the job has passed without dying there would never come again. */
function isDone(state: string, at: string): boolean {
  return state === 'succeeded' && !at.startsWith('undo') && !at.startsWith('undone');
}

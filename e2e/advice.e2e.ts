import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { tuners } from '@fairlead/tuners';
import { Administrator, until } from './support/administrator.js';
import { ApiProblem, restApi, type Api } from './support/api.js';
import { startInstallation, type Installation } from './support/fairlead.js';
import { grpcApi } from './support/grpc-api.js';
import { registerCluster } from './support/jobs.js';

const clusters = inject('clusters');
const program = join(import.meta.dirname, '../apps/standalone/dist/fairlead.js');
const run = promisify(execFile);

describe.skipIf(clusters.length === 0)(
  `advice from what was seen of real clusters${inject('missing')}`,
  () => {
    let fairlead: Installation;
    let rest: Api;
    let grpc: Api;
    const registered = new Map<string, any>();
    const administrators = clusters.map((cluster) => new Administrator(cluster));

    beforeAll(async () => {
      fairlead = await startInstallation();
      fairlead.startWorker();
      rest = restApi(fairlead.http, fairlead.adminKey);
      grpc = grpcApi(fairlead.grpc, fairlead.adminKey);
      for (const administrator of administrators) {
        const kubeconfig = await administrator.installFairlead();
        registered.set(
          administrator.name,
          await registerCluster(rest, administrator.name, kubeconfig),
        );
      }
    });

    afterAll(async () => {
      rest?.close();
      grpc?.close();
      await fairlead?.stop();
    });

    it.each(administrators)(
      'tells of $name what every tuner saw, the same over both transports, and leaves nothing',
      async (administrator) => {
        const clusterId = registered.get(administrator.name).id;
        await rest.call('observeCluster', { clusterId });
        await until(async () => (await adviceBy(rest))?.observations.length === tuners.length, 180);

        const [overRest, overGrpc] = [await adviceBy(rest), await adviceBy(grpc)];

        expect(overGrpc.findings).toEqual(overRest.findings);
        expect(overGrpc.unseen).toEqual(overRest.unseen);
        expect(overRest.unseen.filter((one: any) => one.reason === 'not-observed')).toEqual([]);
        const codes = overRest.findings.map(({ code }: any) => code);
        expect(codes.filter((code: string) => code.startsWith('conntrack-'))).not.toEqual([]);
        expect(codes.filter((code: string) => code.startsWith('sysctl-'))).not.toEqual([]);
        for (const { evidence, verdict, code } of overRest.findings) {
          expect([code, verdict === 'unknown' || evidence.length > 0]).toEqual([code, true]);
        }
        for (const { tuner, recommended } of overRest.findings) {
          if (recommended === undefined) continue;
          const preview = { clusterId, settings: { [tuner]: recommended } };
          const { plan } = await rest.call('previewPlan', preview);
          expect(plan.card).toMatch(/\S/);
        }
        await administrator.untilNothingIsLeft();

        async function adviceBy(api: Api): Promise<any> {
          return api.call('getAdvice', { clusterId }).catch((error: unknown) => {
            if (error instanceof ApiProblem && error.code === 'cluster-not-observed') return null;
            throw error;
          });
        }
      },
    );

    it('is a report, a table for each cluster and a count over the fleet', async () => {
      const [administrator] = administrators;
      const { id, name } = registered.get(administrator?.name ?? '');
      const answer = await fetch(`${fairlead.http}/v1/clusters/${id}/advice.md`, {
        headers: { authorization: `Bearer ${fairlead.adminKey}` },
      });
      const about = ['--url', fairlead.http, '--key', fairlead.adminKey];
      const table = await run(process.execPath, [program, 'advise', name, ...about]);
      const fleet = await run(process.execPath, [program, 'advise', ...about]);
      const counted = await rest.call('listFleetAdvice', {});

      expect(answer.headers.get('content-type')).toContain('text/markdown');
      expect(await answer.text()).toContain(`# Network advice for ${name}`);
      expect(table.stdout).toContain('conntrack-');
      expect(fleet.stdout).toContain(`${administrators.length} clusters observed, 0 not yet`);
      expect(counted.clustersSeen).toBe(administrators.length);
      expect(Math.max(...counted.findings.map((one: any) => one.clusterCount))).toBe(
        administrators.length,
      );
      console.log(table.stdout);
    });
  },
);

import { createRequire } from 'node:module';
import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath as healthProto } from 'grpc-health-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GrpcCallFailed } from './client.js';
import { testGateway, type TestGateway } from '../testing/test-gateway.js';

type AnyClient = new (
  address: string,
  creds: unknown,
) => {
  [method: string]: (...args: unknown[]) => never;
};

describe('the edge of gRPC', () => {
  let api: TestGateway;

  beforeAll(async () => {
    api = await testGateway();
  });
  afterAll(() => api.stop());

  it('answers for its health without a key', async () => {
    const loaded = loadPackageDefinition(loadSync(healthProto, { enums: String })) as unknown as {
      grpc: { health: { v1: { Health: AnyClient } } };
    };
    const { Health } = loaded.grpc.health.v1;
    const client = new Health(api.gateway.grpcAddress, credentials.createInsecure());

    const answer = await new Promise((resolve, reject) => {
      client['Check']?.(
        { service: 'fairlead.v1.JobService' },
        (error: Error | null, found: unknown) => (error ? reject(error) : resolve(found)),
      );
    });

    expect(answer).toEqual({ status: 'SERVING' });
  });

  it('describes itself by reflection without a key', async () => {
    const proto = createRequire(import.meta.url)
      .resolve('@grpc/reflection')
      .replace(/build\/src\/index\.js$/, 'build/proto/grpc/reflection/v1/reflection.proto');
    const loaded = loadPackageDefinition(loadSync(proto)) as unknown as {
      grpc: { reflection: { v1: { ServerReflection: AnyClient } } };
    };
    const { ServerReflection } = loaded.grpc.reflection.v1;
    const client = new ServerReflection(api.gateway.grpcAddress, credentials.createInsecure());
    const call = client['ServerReflectionInfo']?.() as unknown as {
      on(event: string, listener: (value: never) => void): void;
      write(message: object): void;
      end(): void;
    };

    const answer = await new Promise<{ listServicesResponse: { service: { name: string }[] } }>(
      (resolve, reject) => {
        call.on('data', resolve);
        call.on('error', reject);
        call.write({ listServices: '*' });
      },
    );
    call.end();

    const names = answer.listServicesResponse.service.map(({ name }) => name);
    expect(names).toContain('fairlead.v1.JobService');
    expect(names.filter((name) => name.startsWith('fairlead.v1.'))).toHaveLength(9);
  });

  it('tells code, domain, remedy and every violation of a bad request', async () => {
    const failed = await api.grpc
      .call('createApiKey', { name: '', role: 'emperor' }, { key: api.keys.admin })
      .catch((error: unknown) => error as GrpcCallFailed);

    expect((failed as GrpcCallFailed).status).toMatchObject({
      grpcStatus: 3,
      code: 'invalid-request',
      domain: 'fairlead.dev',
      remedy: 'Correct the members named in `violations`.',
    });
    expect((failed as GrpcCallFailed).status.violations.map(({ path }) => path)).toEqual([
      '/name',
      '/role',
    ]);
  });

  it('refuses a message beyond the limit', async () => {
    const huge = { name: 'x', kubeconfig: 'x'.repeat(262_144) };

    await expect(
      api.grpc.call('registerCluster', huge, { key: api.keys.admin }),
    ).rejects.toMatchObject({
      status: { grpcStatus: 8 },
    });
  });
});

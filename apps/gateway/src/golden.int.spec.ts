import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '@fairlead/contract';
import { normalised, overGrpc, overRest } from './testing/either-transport.js';
import { everyOperation, type Told } from './testing/every-operation.js';
import { testGateway, type TestGateway } from './testing/test-gateway.js';

describe('every operation over both transports', () => {
  let forRest: TestGateway;
  let forGrpc: TestGateway;
  let rest: readonly Told[];
  let grpc: readonly Told[];

  beforeAll(async () => {
    [forRest, forGrpc] = await Promise.all([testGateway(), testGateway()]);
    rest = await everyOperation(forRest, overRest(forRest));
    grpc = await everyOperation(forGrpc, overGrpc(forGrpc));
  });
  afterAll(async () => {
    await Promise.all([forRest?.stop(), forGrpc?.stop()]);
  });

  it('answers the same', () => {
    expect(normalised(grpc)).toEqual(normalised(rest));
  });

  it('covers each operation with a success', () => {
    const answered = new Set(
      rest.filter(({ outcome }) => !('problem' in outcome)).map((t) => t.operation),
    );

    expect([...answered].toSorted()).toEqual(Object.keys(operations).toSorted());
  });

  it('tells problems in words of the catalogue alone, and none of our own faults', () => {
    const codes = rest.flatMap(({ outcome }) =>
      'problem' in outcome ? [outcome.problem.code] : [],
    );

    expect(codes.length).toBeGreaterThan(30);
    expect(codes).not.toContain('internal');
    expect(codes).not.toContain('undefined');
  });

  it('logs no secret that came in, and no error', () => {
    const logged = forRest.logged() + forGrpc.logged();

    expect(logged).toContain('The gateway answers');
    for (const secret of [
      'planted-secret-token',
      forRest.keys.admin,
      forGrpc.keys.viewer,
      'flk_nobody',
    ]) {
      expect(logged).not.toContain(secret);
    }
    expect(logged).not.toContain('"level":50');
  });
});

import { describe, expect, it } from 'vitest';
import * as core from '@fairlead/core';
import { problemCatalogue } from './catalogue.js';
import { tellError } from './problem.js';
import { reactions } from './reactions.js';

const { DomainError } = core;

/** Every error class of the domain, made with whatever arguments it takes. */
const subclasses = Object.entries(core as Record<string, unknown>).flatMap(([name, value]) =>
  typeof value === 'function' && value.prototype instanceof DomainError
    ? [[name, value as new (...args: string[]) => core.DomainError] as const]
    : [],
);

describe('tellError', () => {
  it('finds the error classes of the domain', () => {
    expect(subclasses.length).toBeGreaterThanOrEqual(14);
  });

  it.each(subclasses)('maps %s to the statuses of its kind', (_name, Subclass) => {
    const error = new Subclass('one', 'two');

    const { problem, grpcStatus } = tellError(error);

    expect(problem.status).toBe(reactions[error.kind].status);
    expect(grpcStatus).toBe(reactions[error.kind].grpc);
    expect(problem.type).toBe(`https://fairlead.dev/problems/${error.code}`);
  });

  it('tells nothing of an error that nobody expected', () => {
    const told = tellError(new Error('password=hunter2 at /etc/secret'), 'urn:uuid:1');

    expect(told).toEqual({
      problem: {
        type: 'https://fairlead.dev/problems/internal',
        code: 'internal',
        title: problemCatalogue['internal']?.title,
        status: 500,
        detail: 'Something went wrong on our side',
        remedy: problemCatalogue['internal']?.remedy,
        instance: 'urn:uuid:1',
      },
      grpcStatus: 13,
    });
  });

  it('tells nothing of an internal error of ours either', () => {
    expect(tellError(new core.Internal('row 7 was altered')).problem.detail).not.toContain('row 7');
  });

  it.each(['not an error', null, undefined, { code: 'forbidden' }])(
    'takes %s for internal',
    (thrown) => {
      expect(tellError(thrown).problem.code).toBe('internal');
    },
  );

  it('says when to come back for what is not available now', () => {
    expect(tellError(new core.ClusterUnreachable('x')).retryAfterSeconds).toBe(10);
    expect(tellError(new DomainError('exhausted', 'too-many-streams', 'x')).retryAfterSeconds).toBe(
      5,
    );
  });

  it('has a kind for every entry of the catalogue that its own errors agree with', () => {
    for (const [code, entry] of Object.entries(problemCatalogue)) {
      const { problem } = tellError(new DomainError(entry.kind, code, 'x'));
      expect([code, problem.title, problem.remedy !== '']).toEqual([
        code,
        entry.kind === 'internal' ? problemCatalogue['internal']?.title : entry.title,
        true,
      ]);
    }
  });
});

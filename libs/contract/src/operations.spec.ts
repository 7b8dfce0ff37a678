import { describe, expect, it } from 'vitest';
import { Measuring } from '@fairlead/core';
import { pathMembers, type Operation } from './operation.js';
import { operations } from './operations.js';
import { MeasuringRequest } from './resources/job-words.js';

const table = Object.entries(operations) as unknown as readonly (readonly [string, Operation])[];

describe('operations', () => {
  it.each(table)('%s is listed under its own id', (name, operation) => {
    expect(operation.id).toBe(name);
  });

  it.each(table)('%s has every member of its path in its request', (_name, operation) => {
    const members = Object.keys(operation.request.shape);

    for (const member of pathMembers(operation.rest.path)) expect(members).toContain(member);
  });

  it.each(table)('%s can be tried without effect if it changes something', (_name, operation) => {
    expect('validateOnly' in operation.request.shape).toBe(operation.kind === 'mutation');
  });

  it.each(table)('%s refuses members that it does not know', (_name, operation) => {
    const codes = operation.request
      .safeParse({ stranger: 1 })
      .error?.issues.map(({ code }) => code);

    expect(codes).toContain('unrecognized_keys');
  });

  it('has no two operations at one place', () => {
    const places = table.flatMap(([, { rest, grpc }]) => [
      `${rest.method} ${rest.path.replaceAll(/\{\w+\}/g, '{}')}`,
      `${grpc.service}/${grpc.method}`,
    ]);

    expect(new Set(places).size).toBe(table.length * 2);
  });

  it('measures with the bounds and defaults of the domain', () => {
    expect(MeasuringRequest.parse({})).toEqual(Measuring.parse({}));
    for (const [name, member] of Object.entries(Measuring.shape)) {
      for (const value of [-1, 0, 1, 64, 65, 100, 101, 1000, 1001, 3600, 3601, 5000, 5001, 1.5]) {
        const ours = MeasuringRequest.safeParse({ [name]: value }).success;
        expect([name, value, ours]).toEqual([name, value, member.safeParse(value).success]);
      }
    }
  });
});

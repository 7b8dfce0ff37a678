import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tuners } from '../index.js';
import { strangersTo, unbounded, valuesOf, type ValueSchema } from '../testing/values-of.js';
import { knownParameters, parameterCatalogue } from './catalogue.js';

const catalogue = parameterCatalogue(tuners);
const owners = /^(kernel|kube-proxy|cni|coredns|node-local-dns|kubelet|workload|api-server)$/;

function schemaOf(value: z.ZodType): ValueSchema {
  return z.toJSONSchema(value) as ValueSchema;
}

describe('the catalogue of parameters', () => {
  it('knows at least 60, each once and in order', () => {
    const names = catalogue.map(({ name }) => name);

    expect(names.length).toBeGreaterThanOrEqual(60);
    expect(names).toEqual([...new Set(names)].toSorted());
  });

  it('lets a tuner’s word go before the general one', () => {
    const entry = catalogue.find(({ name }) => name === 'net.netfilter.nf_conntrack_max');

    expect(entry).toMatchObject({ tuner: 'conntrack', scope: 'node' });
    expect(parameterCatalogue([]).map(({ tuner }) => tuner)).toEqual(
      knownParameters.map(() => null),
    );
  });

  it.each(catalogue)('tells all of $name', (parameter) => {
    expect(parameter.title).toMatch(/^\S.{2,}\S$/);
    expect(parameter.title).not.toBe(parameter.name);
    expect(parameter.owner).toMatch(owners);
    expect(parameter.unit.length).toBeGreaterThan(1);
    expect(parameter.source).toMatch(/^https:\/\/\S+$/);
    for (const version of [
      parameter.sinceKubernetes,
      parameter.untilKubernetes,
      parameter.sinceKernel,
    ]) {
      expect(version ?? '1.0').toMatch(/^\d+\.\d+$/);
    }
  });

  it.each(catalogue)('bounds the values of $name on every side', ({ value }) => {
    expect(unbounded(schemaOf(value!))).toBeNull();
  });

  it.each(catalogue)('keeps a value of $name as it was through JSON', ({ value }) => {
    fc.assert(
      fc.property(valuesOf(schemaOf(value!), value!), (drawn) => {
        expect(value!.parse(JSON.parse(JSON.stringify(drawn)))).toEqual(drawn);
      }),
      { numRuns: 25, seed: 3 },
    );
  });

  it.each(catalogue)('refuses what lies outside of $name', ({ value }) => {
    const accepted = strangersTo(schemaOf(value!)).filter(
      (draft) => value!.safeParse(draft).success,
    );

    expect(accepted).toEqual([]);
  });
});

import fc from 'fast-check';
import type { ContractCases } from '../../testing/contract-cases.js';
import { someNodes } from '../../testing/nodes.js';
import { put, type World } from '../../testing/world.js';
import { coreDnsCases } from '../coredns/testing/cases.js';
import { nodeLocalCases } from '../node-local/testing/cases.js';
import { ndotsCases } from '../workloads/testing/cases.js';
import type { SectionCases } from './section-cases.js';

/** By the name of the part's member in the settings. */
const sections: Readonly<Record<string, SectionCases>> = {
  coredns: coreDnsCases,
  nodeLocal: nodeLocalCases,
  ndots: ndotsCases,
};

const worlds = fc
  .record({
    nodes: someNodes({ values: {}, counters: [] }),
    agents: nodeLocalCases.agents ?? fc.constant(undefined),
    objects: fc.tuple(...Object.values(sections).map(({ objects }) => objects)),
    metrics: fc.tuple(...Object.values(sections).flatMap(({ metrics }) => metrics ?? [])),
  })
  .map(({ nodes, agents, objects, metrics }): World => {
    const world: World = {
      version: '1.36.3',
      nodes: nodes.map((node) => (agents === undefined ? node : { ...node, dns: agents })),
      objects: new Map(),
      metrics: new Map(metrics.flatMap((shown) => [...shown])),
    };
    for (const object of objects.flat()) put(world, object);
    return world;
  });

const settings = fc
  .subarray(Object.keys(sections), { minLength: 1 })
  .chain((names) =>
    fc.record(
      Object.fromEntries(names.map((name) => [name, sections[name]?.settings ?? fc.constant({})])),
    ),
  );

export const cases: ContractCases = {
  worlds,
  settings,
  orderedLists: Object.values(sections).flatMap(({ orderedLists }) => orderedLists),
};

import {
  canonicalJson,
  Finding,
  Plan,
  type Json,
  type JsonObject,
  type Tuner,
} from '@fairlead/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tuners } from './index.js';
import type { ContractCases } from './testing/contract-cases.js';
import { applyPlan, undoPlan } from './testing/engine-model.js';
import { readerOf, type World } from './testing/world.js';

const patience = AbortSignal.timeout(120_000);
// One seed, so that a run on one machine says the same as on another.
const runs = { numRuns: 200, seed: 11 };

async function casesOf(tuner: Tuner): Promise<ContractCases> {
  const module = (await import(`./${tuner.name}/testing/contract-cases.ts`)) as {
    cases: ContractCases;
  };
  return module.cases;
}

async function observe(tuner: Tuner, world: World, settings: unknown): Promise<JsonObject> {
  const seen = await tuner.observe(readerOf(world), settings, patience);
  return JSON.parse(JSON.stringify(tuner.observation.parse(seen))) as JsonObject;
}

/** Runs a property over worlds and settings of the tuner; answers how many plans had changes. */
async function eachPlan(
  tuner: Tuner,
  property: (planned: {
    readonly world: World;
    readonly settings: unknown;
    readonly observed: JsonObject;
    readonly plan: Plan;
  }) => Promise<void>,
): Promise<number> {
  const { worlds, settings: asked } = await casesOf(tuner);
  let withChanges = 0;
  await fc.assert(
    fc.asyncProperty(worlds, asked, async (template, draft) => {
      // A run that shrinks meets its world again: what a plan does to it must not stay.
      const world = structuredClone(template);
      const settings = tuner.settings.parse(draft);
      const observed = await observe(tuner, world, settings);
      const plan = tuner.plan(settings, observed);
      if (plan.changes.length > 0) withChanges += 1;
      await property({ world, settings, observed, plan });
    }),
    runs,
  );
  return withChanges;
}

describe.each(tuners)('the contract, kept by $name', (tuner) => {
  const owned = new Set(tuner.parameters.map(({ name }) => name));

  it('makes plans that are plain data', async () => {
    await eachPlan(tuner, async ({ plan }) => {
      const copy = Plan.parse(JSON.parse(JSON.stringify(plan)));
      expect(canonicalJson(copy as unknown as Json)).toBe(canonicalJson(plan as unknown as Json));
      expect(new Set(plan.changes.map(({ id }) => id)).size).toBe(plan.changes.length);
    });
  });

  it('says no with a stable code and a sentence that tells what to do', async () => {
    await eachPlan(tuner, async ({ plan }) => {
      for (const { code, message } of [...plan.refusals, ...plan.warnings]) {
        expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
        expect(message).toMatch(/^[A-Za-z0-9].*[.]$/s);
      }
      for (const { message } of plan.refusals) {
        expect(message).toMatch(
          /\b(Take|Set|Change|Ask|Put|Use|Undo|Load|Rename|Leave|Resume|Repair|Start|Check|grant|ask)\b/,
        );
      }
      if (plan.refusals.length > 0) expect(plan.changes).toEqual([]);
    });
  });

  it('touches only kernel keys that it owns', async () => {
    await eachPlan(tuner, async ({ plan }) => {
      const keys = plan.changes.flatMap((change) => {
        // A key that a restart in the plan sets anyway is written only to have an original of it.
        if (change.kind === 'node') return change.decidedBy === undefined ? [change.key] : [];
        if (change.kind !== 'await' || !('key' in change.condition)) return [];
        return [change.condition.key];
      });
      expect(keys.filter((key) => !owned.has(key))).toEqual([]);
    });
  });

  it('plans nothing once its plan is in effect', async () => {
    const withChanges = await eachPlan(tuner, async ({ world, settings, plan }) => {
      if (plan.changes.length === 0) return;
      applyPlan(world, plan);

      const again = tuner.plan(settings, await observe(tuner, world, settings));

      expect(again.refusals).toEqual([]);
      expect(again.changes).toEqual([]);
    });
    // A property that never met a plan with changes would prove nothing.
    expect(withChanges).toBeGreaterThan(runs.numRuns / 10);
  });

  it('leaves after an undo what it found', async () => {
    await eachPlan(tuner, async ({ world, settings, observed, plan }) => {
      const journal = applyPlan(world, plan);
      undoPlan(world, plan, journal);

      expect(await observe(tuner, world, settings)).toEqual(observed);
    });
  });

  it('builds on what an earlier plan left, and takes back only its own', async () => {
    const { settings: asked } = await casesOf(tuner);
    const drafts = fc.sample(asked, { numRuns: runs.numRuns, seed: 7 });
    let at = 0;
    await eachPlan(tuner, async ({ world, plan }) => {
      applyPlan(world, plan);
      const settings = tuner.settings.parse(drafts[(at += 1) % drafts.length]);
      const between = await observe(tuner, world, settings);
      const second = tuner.plan(settings, between);

      undoPlan(world, second, applyPlan(world, second));

      expect(await observe(tuner, world, settings)).toEqual(between);
    });
  });

  it('plans the same from the same observation in another order', async () => {
    const { orderedLists } = await casesOf(tuner);
    await eachPlan(tuner, async ({ settings, observed, plan }) => {
      const turned = turnedRound(observed, orderedLists) as JsonObject;

      expect(tuner.plan(turnedRound(settings as Json, ['']), turned)).toEqual(plan);
    });
  });

  it('advises in stable codes and sentences, with settings that it accepts itself', async () => {
    await eachPlan(tuner, async ({ observed }) => {
      for (const draft of tuner.advise?.(observed) ?? []) {
        const { tuner: name, code, message, recommended } = Finding.parse(draft);
        expect(name).toBe(tuner.name);
        expect(code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
        expect(message).toMatch(/^[A-Za-z0-9].*[.]$/s);
        if (recommended !== undefined) tuner.settings.parse(recommended);
      }
    });
  });

  it('never throws, whatever stands in an observation', async () => {
    const { worlds, settings: asked } = await casesOf(tuner);
    const nonsense = fc.constantFrom('', 'nonsense', '-1', '1e99', '4096 oops', '9 9 9 9', 'v0');
    await fc.assert(
      fc.asyncProperty(worlds, asked, nonsense, fc.nat(), async (world, draft, word, at) => {
        const settings = tuner.settings.parse(draft);
        const observed = await observe(tuner, world, settings);
        const spoilt = tuner.observation.safeParse(withWord(observed, word, { left: at % 200 }));
        if (!spoilt.success) return;

        expect(() => Plan.parse(tuner.plan(settings, spoilt.data))).not.toThrow();
        expect(() => tuner.advise?.(spoilt.data)).not.toThrow();
      }),
      runs,
    );
  });
});

/** Members and lists the other way round, but for lists whose order is the cluster's. */
function turnedRound(value: Json, ordered: readonly string[]): Json {
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map((item) => turnedRound(item, ordered)).toReversed();
  }
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value as JsonObject).toReversed();
  return Object.fromEntries(
    members.map(([key, member]) => {
      const isData = ordered.includes('') ? Array.isArray(member) : ordered.includes(key);
      return [key, isData || member === undefined ? member : turnedRound(member, ordered)];
    }),
  );
}

/** The same with its n-th text replaced. */
function withWord(value: Json, word: string, counter: { left: number }): Json {
  if (typeof value === 'string') return (counter.left -= 1) === -1 ? word : value;
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map((item) => withWord(item, word, counter));
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([key, member]) => [
      key,
      member === undefined ? member : withWord(member, word, counter),
    ]),
  );
}

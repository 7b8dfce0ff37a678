import { joinPlans, type Plan } from '@fairlead/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conntrack } from '../conntrack/index.js';
import { ConntrackSettings } from '../conntrack/settings.js';
import { applyPlan, undoPlan } from '../testing/engine-model.js';
import { readerOf, type World } from '../testing/world.js';
import { kubeProxy } from './index.js';
import { KubeProxySettings } from './settings.js';
import { cases } from './testing/contract-cases.js';

const patience = AbortSignal.timeout(120_000);
const sizes = fc.record({
  maxEntries: fc.constantFrom(262_144, 524_288),
  allowDecrease: fc.constant(true),
  allowLargeTable: fc.constant(true),
  unsupportedNodes: fc.constant('refuse'),
  timeoutSeconds: fc.constantFrom({}, { tcpEstablished: 7200 }, { tcpTimeWait: 60 }),
});

interface Asked {
  readonly size: ConntrackSettings;
  readonly mode: KubeProxySettings;
}

async function observe(world: World, { size, mode }: Asked) {
  return {
    conntrack: await conntrack.observe(readerOf(world), size, patience),
    kubeProxy: await kubeProxy.observe(readerOf(world), mode, patience),
  };
}

async function plansFor(world: World, asked: Asked): Promise<Plan[]> {
  const seen = await observe(world, asked);
  return [conntrack.plan(asked.size, seen.conntrack), kubeProxy.plan(asked.mode, seen.kubeProxy)];
}

describe('a profile of conntrack and kube-proxy, which restart the same pods', () => {
  it('gives both what they asked for, and goes back to what was there', async () => {
    let withBoth = 0;
    await fc.assert(
      fc.asyncProperty(cases.worlds, sizes, cases.settings, async (template, size, draft) => {
        const world = structuredClone(template);
        const asked = {
          size: ConntrackSettings.parse(size),
          mode: KubeProxySettings.parse(draft),
        };
        const plans = await plansFor(world, asked);
        const plan = joinPlans(plans);
        if (plans.every(({ changes }) => changes.length > 0)) withBoth += 1;
        const before = await observe(world, asked);

        const journal = applyPlan(world, plan);
        if (plan.refusals.length === 0) {
          const left = (await plansFor(world, asked)).flatMap(({ changes }) => changes);
          expect(left).toEqual([]);
        }
        undoPlan(world, plan, journal);

        expect(await observe(world, asked)).toEqual(before);
      }),
      { numRuns: 150, seed: 17 },
    );
    // A property that never met both would prove nothing.
    expect(withBoth).toBeGreaterThan(10);
  });
});

import type { Plan } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { worldOf } from '../cni/testing/recorded.js';
import { observeCni } from '../cni/observe-cni.js';
import { applyPlan, undoPlan } from '../testing/engine-model.js';
import { readerOf, type World } from '../testing/world.js';
import { observeMtu, type MtuObservation } from './observe.js';
import { planMtu } from './plan.js';
import { MtuSettings } from './settings.js';
import { aPath, aPod, aWorld, somePaths } from './testing/builders.js';

const signal = new AbortController().signal;
const asking = (draft: object) => MtuSettings.parse({ podMtu: 1350, ...draft });
const seenIn = (world: World) => observeMtu(readerOf(world), null, signal);
const codes = ({ refusals }: Plan) => refusals.map(({ code }) => code);

async function planIn(world: World, draft: object = {}): Promise<Plan> {
  return planMtu(asking(draft), await seenIn(world));
}

describe('planMtu', () => {
  it('proves the paths, edits flannel’s own field, rolls it, and looks at new pods and their paths', async () => {
    const plan = await planIn(aWorld());

    expect(plan.refusals).toEqual([]);
    expect(plan.changes.map(({ id }) => id)).toEqual([
      'mtu/prove-hosts/ipv4',
      'mtu/field',
      'mtu/restart',
      'mtu/new-pods/1450',
      'mtu/prove-pods',
    ]);
    expect(plan.changes[0]).toMatchObject({ condition: { ends: 'hosts', bytes: 1400 } });
    expect(plan.changes[1]).toMatchObject({
      object: { kind: 'ConfigMap', namespace: 'kube-flannel', name: 'kube-flannel-cfg' },
      edits: [
        {
          document: { path: ['data', 'net-conf.json'], format: 'json' },
          path: ['Backend', 'MTU'],
          after: 1400,
        },
      ],
    });
    expect(plan.changes[2]).toMatchObject({ activates: ['mtu/field'] });
    expect(plan.changes[3]).toMatchObject({
      condition: { mtuBytes: 1350, undoneMtuBytes: 1450, follows: 'mtu/restart' },
    });
    expect(plan.changes[4]).toMatchObject({ condition: { ends: 'pods', bytes: 1350 } });
  });

  it('takes from the path what a tunnel leaves of it', async () => {
    const plan = await planIn(aWorld({ newPodMtu: 1350, written: 1400 }), { podMtu: 'from-path' });

    expect(plan.changes).toContainEqual(
      expect.objectContaining({ edits: [expect.objectContaining({ before: 1400, after: 1500 })] }),
    );
  });

  it('plans nothing where flannel works the same out by itself', async () => {
    expect((await planIn(aWorld(), { podMtu: 1450 })).changes).toEqual([]);
    expect((await planIn(aWorld(), { podMtu: 'from-path' })).changes).toEqual([]);
  });

  it('refuses what the path does not carry, naming the nodes and what it would', async () => {
    const plan = await planIn(aWorld({ pathBytes: 1400 }), { podMtu: 1400 });

    expect(plan.changes).toEqual([]);
    expect(plan.refusals).toMatchObject([{ code: 'path-too-small', nodes: ['n1', 'n2'] }]);
    expect(plan.refusals[0]?.message).toContain('packets of 1450');
    expect(plan.refusals[0]?.message).toContain('n1 to n2 (10.0.0.2) 1400');
    expect(plan.refusals[0]?.message).toContain('Set podMtu to 1350 or less');
  });

  it('refuses more than the links of the nodes take', async () => {
    expect(codes(await planIn(aWorld(), { podMtu: 1500 }))).toEqual(['path-too-small']);
  });

  it('refuses where nothing came through: not knowing is no reason to write', async () => {
    const plan = await planIn(aWorld({ pathBytes: null }));

    expect(plan.refusals).toMatchObject([{ code: 'path-unproved', nodes: ['n1', 'n2'] }]);
    expect(plan.refusals[0]?.message).toContain('UDP port 10712');
  });

  it('goes by the links where a node is alone and has no path', async () => {
    const world = aWorld({ nodes: ['n1'] });

    expect((await planIn(world)).changes.map(({ id }) => id)).toEqual([
      'mtu/field',
      'mtu/restart',
      'mtu/new-pods/1450',
    ]);
    expect(codes(await planIn(world, { podMtu: 1460 }))).toEqual(['path-too-small']);
  });

  it('warns of a path that swallows what is larger, though the pods’ packets pass', async () => {
    const plan = await planIn(aWorld({ pathBytes: 1420, isSilent: true }));

    expect(plan.warnings).toMatchObject([{ code: 'path-swallows' }]);
    expect(plan.changes).not.toEqual([]);
  });

  it('reckons with 70 bytes for VXLAN over IPv6, of which flannel takes off 50', async () => {
    const observed = await seenIn(aWorld());
    const [v4] = observed.cni.encapsulations;
    if (v4 === undefined) throw new Error('flannel has a tunnel');
    const dual: MtuObservation = {
      ...observed,
      cni: {
        ...observed.cni,
        families: ['ipv4', 'ipv6'],
        encapsulations: [v4, { ...v4, underlay: 'ipv6' }],
      },
      hostPaths: somePaths({
        families: [
          { family: 'ipv4', paths: 2, leastBytes: 1500 },
          { family: 'ipv6', paths: 2, leastBytes: 1500 },
        ],
      }),
    };

    const fromPath = planMtu(asking({ podMtu: 'from-path' }), dual);
    const tooLarge = planMtu(asking({ podMtu: 1450 }), dual);
    const tooSmall = planMtu(asking({ podMtu: 1279 }), dual);

    expect(fromPath.changes).toContainEqual(
      expect.objectContaining({ edits: [expect.objectContaining({ after: 1480 })] }),
    );
    expect(codes(tooLarge)).toEqual(['path-too-small']);
    expect(codes(tooSmall)).toEqual(['below-minimum']);
  });

  it('refuses what a foreign owner keeps, with the same change as a patch', async () => {
    const plan = await planIn(aWorld({ labels: { 'kustomize.toolkit.fluxcd.io/name': 'cni' } }));

    expect(plan.refusals).toMatchObject([
      {
        code: 'parameter-owned',
        patch: 'ConfigMap kube-flannel/kube-flannel-cfg Backend.MTU = 1400',
      },
    ]);
  });

  it('refuses a DaemonSet whose pods would not be replaced', async () => {
    expect(codes(await planIn(aWorld({ strategy: 'OnDelete' })))).toEqual([
      'workload-will-not-roll',
    ]);
  });

  it('refuses paths of nodes that nobody reached, unless they may be left out', async () => {
    const world = aWorld({ nodes: ['n1', 'n2', 'n3'] });
    Object.assign(world.nodes[2] ?? {}, { problem: 'no agent started' });

    const refused = await planIn(world);
    const skipped = await planIn(world, { unsupportedNodes: 'skip' });

    expect(refused.refusals).toMatchObject([{ code: 'path-unproved', nodes: ['n3'] }]);
    expect(skipped.warnings).toMatchObject([{ code: 'path-unproved', nodes: ['n3'] }]);
    expect(skipped.changes.find(({ id }) => id === 'mtu/new-pods/1450')).toMatchObject({
      condition: { type: 'new-pod-mtu', nodes: ['n1', 'n2'] },
    });
  });

  it('edits Calico’s Installation and leaves the roll to its operator', async () => {
    const observed = await seenIn(aWorld());
    const cni = await observeCni(readerOf(worldOf('calico-operator')), signal);

    const plan = planMtu(asking({}), { ...observed, cni: { ...cni, families: ['ipv4'] } });

    expect(plan.refusals).toEqual([]);
    expect(plan.changes.map(({ kind }) => kind)).not.toContain('restart');
    expect(plan.changes.find(({ id }) => id === 'mtu/field')).toMatchObject({
      object: { kind: 'Installation' },
      edits: [{ path: ['spec', 'calicoNetwork', 'mtu'], after: 1350 }],
    });
  });

  it('refuses a tunnel of Calico’s that was set narrower than the pods by hand', async () => {
    const observed = await seenIn(aWorld());
    const cni = await observeCni(readerOf(worldOf('calico-operator')), signal);
    const object = {
      apiVersion: 'projectcalico.org/v3',
      kind: 'FelixConfiguration',
      name: 'default',
    };
    const encapsulations = [
      { kind: 'vxlan', when: 'always', underlay: 'ipv4', where: 'a test' } as const,
    ];
    const tunnel = {
      name: 'spec.vxlanMTU',
      object,
      path: ['spec', 'vxlanMTU'],
      value: 1300,
      owner: null,
    };
    const others = cni.mtuFields.filter(({ name }) => name !== 'spec.vxlanMTU');
    const mtuFields = [...others, tunnel];

    const plan = planMtu(asking({}), { ...observed, cni: { ...cni, encapsulations, mtuFields } });

    expect(codes(plan)).toEqual(['tunnel-too-small']);
  });

  it('says that larger datagrams are lost while some pods keep a smaller MTU', async () => {
    const plan = await planIn(aWorld({ newPodMtu: 1350, written: 1400 }), { podMtu: 1450 });

    expect(plan.blastRadius.notes.join(' ')).toContain('UDP that sets don’t-fragment');
  });

  it('proves no more than the pods that stay let through, since they share a bridge', async () => {
    const pods = [aPod('old', 'old', { mtu: 1350 })];
    const world = aWorld({ newPodMtu: 1350, written: 1400, pods });

    const keeping = await planIn(world, { podMtu: 1450 });
    const recreating = await planIn(world, {
      podMtu: 1450,
      recreatePods: 'listed',
      namespaces: ['shop'],
    });

    expect(keeping.changes.at(-1)).toMatchObject({
      id: 'mtu/prove-pods',
      condition: { bytes: 1350 },
    });
    expect(keeping.warnings.map(({ code }) => code)).toContain('held-back-by-pods');
    expect(recreating.changes.at(-1)).toMatchObject({ condition: { bytes: 1450 } });
    expect(recreating.warnings).toEqual([]);
  });

  it('refuses to outgrow a tunnel that flannel keeps when it starts again', async () => {
    const observed = await seenIn(aWorld({ uplinkBytes: 9001, pathBytes: 9001 }));
    const nodes = observed.nodes.map((node) => ({
      ...node,
      podNetwork: [{ name: 'flannel.1', mtuBytes: 1450 }],
    }));

    const plan = planMtu(asking({ podMtu: 'from-path' }), { ...observed, nodes });

    expect(plan.refusals).toMatchObject([{ code: 'tunnel-too-small', nodes: ['n1', 'n2'] }]);
    expect(plan.refusals[0]?.message).toContain('flannel.1 on n1 takes 1450');
  });

  it('says when only some of many nodes were sent to', async () => {
    const observed = await seenIn(aWorld({ nodes: ['n1', 'n2', 'n3'] }));

    const plan = planMtu(asking({}), {
      ...observed,
      hostPaths: { ...observed.hostPaths, targetNodes: 2 },
    });

    expect(plan.warnings).toMatchObject([{ code: 'paths-sampled' }]);
  });

  it('names the narrowest paths first and no more than a sentence holds', async () => {
    const observed = await seenIn(aWorld());
    const narrowest = Array.from({ length: 9 }, (_, at) =>
      aPath({ node: `m${at}`, passesBytes: 1300 + at }),
    );
    const families = [{ family: 'ipv4' as const, paths: 9, leastBytes: 1300 }];

    const plan = planMtu(asking({}), {
      ...observed,
      hostPaths: somePaths({ families, narrowest }),
    });

    expect(plan.refusals[0]?.message).toContain('and 4 more');
  });
});

describe('running pods', () => {
  const pods = [
    aPod('app-1', 'app'),
    aPod('app-2', 'app', { node: 'n2' }),
    aPod('db-0', 'db', { kind: 'StatefulSet' }),
    aPod('once', 'once', { kind: 'Job' }),
    aPod('coredns-1', 'coredns', { namespace: 'kube-system' }),
  ];

  it('are listed where they keep another MTU than new ones get', async () => {
    const plan = await planIn(aWorld({ pods }));

    const [warning] = plan.warnings;
    expect(warning).toMatchObject({ code: 'running-pods-keep-mtu', nodes: ['n1', 'n2'] });
    expect(warning?.message).toContain('5 running pods');
    expect(warning?.message).toContain('shop/Deployment app (2)');
    expect(plan.blastRadius.notes.join(' ')).toContain('app-1 (1450 on n1) and app-2 (1450 on n2)');
    expect(plan.blastRadius.workloadsRestarted).toEqual(['DaemonSet kube-flannel/kube-flannel-ds']);
  });

  it('are recreated only where that is asked, by their owners, in the plan’s order', async () => {
    const plan = await planIn(aWorld({ pods }), { recreatePods: 'listed', namespaces: ['shop'] });

    const rolls = plan.changes.filter(({ id }) => id.startsWith('mtu/recreate'));
    expect(rolls.map(({ id }) => id)).toEqual([
      'mtu/recreate/shop/Deployment/app',
      'mtu/recreate/shop/StatefulSet/db',
    ]);
    expect(plan.changes.at(-2)).toBe(rolls.at(-1));
    expect(plan.changes.at(-1)?.id).toBe('mtu/prove-pods');
    expect(plan.warnings[0]?.message).toContain('kube-system/Deployment coredns (1)');
    expect(plan.warnings[0]?.message).toContain('shop/Job once (1)');
    expect(plan.blastRadius.podsRestarted).toBe(2 + 3);
  });

  it('are recreated later as well, when the MTU is there already', async () => {
    const world = aWorld({ pods, newPodMtu: 1350, written: 1400 });
    const settings = { recreatePods: 'listed', namespaces: ['shop', 'kube-system'] };

    const plan = await planIn(world, settings);
    applyPlan(world, plan);
    const again = await planIn(world, settings);

    expect(plan.changes.every(({ kind }) => kind === 'restart')).toBe(true);
    expect(plan.blastRadius.dns).toBe('blip-expected');
    expect(again.changes).toEqual([]);
  });

  it('have their former MTU again once the plan is undone', async () => {
    const world = aWorld({ pods });
    const before = await seenIn(world);
    const plan = await planIn(world, { recreatePods: 'listed', namespaces: ['shop'] });

    const journal = applyPlan(world, plan);
    const between = await seenIn(world);
    undoPlan(world, plan, journal);

    expect(between.running.find(({ name }) => name === 'app')?.pods).toMatchObject([
      { mtuBytes: 1350 },
      { mtuBytes: 1350 },
    ]);
    expect(await seenIn(world)).toEqual(before);
  });

  it('are looked at inside only where the links of a node differ', async () => {
    const world = aWorld({ pods: [...pods, aPod('old', 'old', { mtu: 1400 })] });

    const { running } = await seenIn(world);

    expect(running.find(({ name }) => name === 'old')?.pods).toEqual([
      { name: 'old', node: 'n1', mtuBytes: 1400 },
    ]);
    expect(running.find(({ name }) => name === 'db')?.pods).toMatchObject([{ mtuBytes: 1450 }]);
  });
});

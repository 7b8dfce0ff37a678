import { describe, expect, it } from 'vitest';
import { driveJob } from '../drive-job.js';
import { FakeProxies } from '../testing/fake-proxies.js';
import { aScenario, aTuner, type Scenario } from '../testing/scenario.js';
import { connectFailure } from './node-health.js';

const patience = AbortSignal.timeout(60_000);
const kubeProxy = { namespace: 'kube-system', name: 'kube-proxy' };
const configMap = { apiVersion: 'v1', kind: 'ConfigMap', ...kubeProxy };
const daemonSet = { apiVersion: 'apps/v1', kind: 'DaemonSet', ...kubeProxy };
const connect = { address: '10.96.0.1', port: 443 };

/** A job that takes three nodes from iptables to another mode, `c` first. */
function aSwitch(to: 'nftables' | 'ipvs' = 'nftables', secondsPerNode = 30) {
  const tuner = aTuner('t', (plan) => {
    plan.add({
      kind: 'edit',
      id: 't/mode',
      summary: 'Set the mode',
      object: configMap,
      edits: [{ path: ['data', 'mode'], before: 'iptables', after: to }],
    });
    plan.add({
      kind: 'restart',
      id: 't/restart',
      summary: 'Restart',
      object: daemonSet,
      activates: ['t/mode'],
      deadlineSeconds: 600,
      nodeByNode: {
        nodes: ['c', 'a', 'b'],
        secondsPerNode,
        health: { proxyMode: to, rulesGoneOf: 'iptables', connect },
        healthBefore: { proxyMode: 'iptables', rulesGoneOf: to, connect },
        ...(to === 'ipvs' && { cleanUp: true }),
      },
    });
    plan.add({
      kind: 'await',
      id: 't/mode-everywhere',
      summary: 'Wait',
      deadlineSeconds: 5,
      condition: { type: 'proxy-mode', mode: to, nodes: ['a', 'b', 'c'] },
    });
    plan.add({
      kind: 'await',
      id: 't/rules-gone',
      summary: 'Wait',
      deadlineSeconds: 5,
      condition: { type: 'proxy-rules-gone', mode: 'iptables', nodes: ['a', 'b', 'c'] },
    });
  });
  const scenario = aScenario(tuner);
  const { world } = scenario;
  world.put({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: kubeProxy,
    data: { mode: 'iptables' },
  });
  world.put(FakeProxies.daemonSet(daemonSet));
  for (const node of ['a', 'b', 'c']) world.setKey(node, 'net.core.somaxconn', '4096');
  const mode = () =>
    (world.objects.get('ConfigMap kube-system/kube-proxy')?.['data'] as { mode: string }).mode;
  const proxies = new FakeProxies(['a', 'b', 'c'], mode);
  world.proxies = proxies;
  return { ...scenario, proxies, mode, job: () => scenario.ledger.jobs.get('j1') };
}

const onAll = (what: string) => ({ a: what, b: what, c: what });

function askUndo({ ledger }: Scenario): void {
  ledger.patch('j1', {
    state: 'reverting',
    reversal: { reason: 'undo-requested', message: 'asked', onConflict: 'stop' },
  });
}

describe('a restart node by node', () => {
  it('ends one pod after the other in the order of the plan', async () => {
    const { ports, proxies, job } = aSwitch();

    await driveJob('j1', ports, patience);

    expect(job()).toMatchObject({ state: 'succeeded' });
    expect(proxies.ended).toEqual(['c iptables', 'a iptables', 'b iptables']);
    expect(proxies.standing()).toEqual(onAll('nftables with nftables'));
  });

  it('takes the nodes back the other way round', async () => {
    const scenario = aSwitch();
    await driveJob('j1', scenario.ports, patience);

    askUndo(scenario);
    await driveJob('j1', scenario.ports, patience);

    expect(scenario.job()).toMatchObject({ state: 'reverted' });
    expect(scenario.proxies.ended.slice(3)).toEqual(['b nftables', 'a nftables', 'c nftables']);
    expect(scenario.proxies.standing()).toEqual(onAll('iptables with iptables'));
  });

  it('is not begun while a node has no ready pod', async () => {
    const { ports, proxies, job, mode } = aSwitch();
    proxies.breaksOn.set('b', 'iptables');

    await driveJob('j1', ports, patience);

    expect(job()).toMatchObject({ state: 'reverted', problem: { code: 'apply-failed' } });
    expect(job()?.problem?.message).toContain('no ready pod on b');
    expect(proxies.ended).toEqual([]);
    expect(mode()).toBe('iptables');
  });

  it('stops at the first sick node, says which and what was seen, and takes back those that were touched', async () => {
    const { ports, proxies, job } = aSwitch();
    proxies.breaksOn.set('a', 'nftables');

    await driveJob('j1', ports, patience);

    expect(job()).toMatchObject({ state: 'reverted', problem: { code: 'apply-failed' } });
    expect(job()?.problem?.message).toMatch(
      /^a was not healthy within 30 s .*CrashLoopBackOff.* Switched before it: c\.$/,
    );
    expect(proxies.ended).toEqual(['c iptables', 'a iptables', 'a nftables', 'c nftables']);
    expect(proxies.standing()).toEqual(onAll('iptables with iptables'));
  });

  it('cleans up once more where the old proxy wrote its rules anew before it ended', async () => {
    const { ports, proxies, job } = aSwitch('ipvs', 120);
    proxies.writesAnew.add('a');

    await driveJob('j1', ports, patience);

    expect(job()).toMatchObject({ state: 'succeeded' });
    expect(proxies.cleaned).toEqual(['c', 'a', 'a', 'b']);
    expect(proxies.ended).toEqual(['c iptables', 'a iptables', 'a ipvs', 'b iptables']);
    expect(proxies.standing()).toEqual(onAll('ipvs with ipvs'));
  });

  it('ends a pod once more when its start left rules of the other mode', async () => {
    const { ports, proxies, job } = aSwitch('nftables', 120);
    proxies.messyStarts.set('a', 1);

    await driveJob('j1', ports, patience);

    expect(job()?.state).toBe('succeeded');
    expect(proxies.standing()).toEqual(onAll('nftables with nftables'));
    expect(proxies.ended).toEqual(['c iptables', 'a iptables', 'a nftables', 'b iptables']);
  });

  it('goes back when the rules of the other mode stay all the same', async () => {
    const { ports, proxies, job } = aSwitch('nftables', 120);
    proxies.messyStarts.set('a', 2);

    await driveJob('j1', ports, patience);

    expect(job()?.state).toBe('reverted');
    expect(job()?.problem?.message).toContain('3 iptables rules of kube-proxy are there');
    expect(proxies.standing()).toEqual(onAll('iptables with iptables'));
  });

  it('stops between two nodes when the job is cancelled, and takes back those that were touched', async () => {
    const { ports, ledger, proxies, job } = aSwitch();
    const checkpoint = (name: string) => {
      if (name === 'restarted:0') ledger.patch('j1', { cancelRequested: true });
      return Promise.resolve();
    };

    await driveJob('j1', { ...ports, checkpoint }, patience);

    expect(job()).toMatchObject({ state: 'cancelled' });
    expect(proxies.ended).toEqual(['c iptables', 'c nftables']);
    expect(proxies.standing()).toEqual(onAll('iptables with iptables'));
  });

  it('goes back when a node is lost in the middle, and names it', async () => {
    const { ports, proxies, job } = aSwitch();
    const checkpoint = (name: string) => {
      if (name === 'restarted:0') proxies.unreachable.add('a');
      return Promise.resolve();
    };

    await driveJob('j1', { ...ports, checkpoint }, patience);

    expect(job()).toMatchObject({ state: 'reverted', problem: { code: 'apply-failed' } });
    expect(job()?.problem?.message).toContain('a cannot be reached');
    expect(proxies.standing()).toMatchObject({
      b: 'iptables with iptables',
      c: 'iptables with iptables',
    });

    proxies.comeBack('a');
    expect(proxies.standing()).toEqual(onAll('iptables with iptables'));
  });

  it('says which node an undo could not make healthy, after it has done the others', async () => {
    const scenario = aSwitch();
    await driveJob('j1', scenario.ports, patience);
    scenario.proxies.breaksOn.set('a', 'iptables');

    askUndo(scenario);
    await driveJob('j1', scenario.ports, patience);

    expect(scenario.job()).toMatchObject({
      state: 'revert-failed',
      problem: { code: 'undo-failed' },
    });
    expect(scenario.job()?.problem?.message).toContain('a: its new pod is not ready');
    expect(scenario.proxies.standing()).toMatchObject({
      b: 'iptables with iptables',
      c: 'iptables with iptables',
    });
  });
});

describe('a restart node by node between iptables and IPVS', () => {
  it('cleans up behind the old mode on each node before the next, there and back', async () => {
    const scenario = aSwitch('ipvs');
    const { ports, proxies } = scenario;

    await driveJob('j1', ports, patience);
    expect(scenario.job()).toMatchObject({ state: 'succeeded' });
    expect(proxies.ended).toEqual(['c iptables', 'a iptables', 'b iptables']);
    expect(proxies.standing()).toEqual(onAll('ipvs with ipvs'));

    askUndo(scenario);
    await driveJob('j1', ports, patience);
    expect(scenario.job()).toMatchObject({ state: 'reverted' });
    expect(proxies.cleaned).toEqual(['c', 'a', 'b', 'b', 'a', 'c']);
    expect(proxies.standing()).toEqual(onAll('iptables with iptables'));
  });

  it('is finished by another worker wherever the first one died', async () => {
    const names: string[] = [];
    for (let n = 1; ; n += 1) {
      const scenario = aSwitch('ipvs');
      const name = await dieAt(n, scenario);
      if (name === null) break;
      names.push(name);

      expect(scenario.job(), name).toMatchObject({ state: 'succeeded' });
      expect(scenario.proxies.standing(), name).toEqual(onAll('ipvs with ipvs'));
    }
    expect(names).toContain('cleaned-up:a');
  });
});

/** Lets the worker die at the n-th checkpoint and others go on; the checkpoint's name, null when there are fewer. */
async function dieAt(n: number, { ports, ledger }: Scenario): Promise<string | null> {
  let seen = 0;
  let name: string | null = null;
  const dying = Promise.withResolvers<void>();
  const checkpoint = (at: string) => {
    seen += 1;
    if (seen !== n) return Promise.resolve();
    name = at;
    dying.resolve();
    return new Promise<void>(() => undefined);
  };
  await Promise.race([driveJob('j1', { ...ports, checkpoint }, patience), dying.promise]);
  if (name === null) return null;
  ledger.expireLease();
  for (let round = 0; round < 3 && !ledger.hasEnded('j1'); round += 1) {
    await driveJob('j1', { ...ports, holder: 'worker-2' }, patience);
  }
  return name;
}

describe('a worker that dies during a restart node by node', () => {
  it('is followed by one that goes on and ends no pod twice', async () => {
    const names: string[] = [];
    for (let n = 1; ; n += 1) {
      const scenario = aSwitch();
      const name = await dieAt(n, scenario);
      if (name === null) break;
      names.push(name);

      expect(scenario.job(), name).toMatchObject({ state: 'succeeded' });
      expect(scenario.proxies.ended, name).toEqual(['c iptables', 'a iptables', 'b iptables']);
      expect(scenario.proxies.standing(), name).toEqual(onAll('nftables with nftables'));
    }
    expect(names).toContain('ended:a');
    expect(names).toContain('restarted:1');
  });

  it('is followed by one that finishes the undo and ends no pod twice', async () => {
    const names: string[] = [];
    for (let n = 1; ; n += 1) {
      const scenario = aSwitch();
      await driveJob('j1', scenario.ports, patience);
      askUndo(scenario);
      const name = await dieAt(n, scenario);
      if (name === null) break;
      names.push(name);

      expect(scenario.job(), name).toMatchObject({ state: 'reverted' });
      expect(scenario.proxies.ended.slice(3), name).toEqual([
        'b nftables',
        'a nftables',
        'c nftables',
      ]);
      expect(scenario.proxies.standing(), name).toEqual(onAll('iptables with iptables'));
    }
    expect(names).toContain('ended:a');
    expect(names).toContain('undone-on:a');
  });

  it('is followed by one that takes back exactly what was begun, when a node is sick', async () => {
    for (let n = 1; ; n += 1) {
      const scenario = aSwitch();
      scenario.proxies.breaksOn.set('a', 'nftables');
      const name = await dieAt(n, scenario);
      if (name === null) break;

      expect(scenario.job(), name).toMatchObject({ state: 'reverted' });
      expect(scenario.proxies.ended, name).toEqual([
        'c iptables',
        'a iptables',
        'a nftables',
        'c nftables',
      ]);
      expect(scenario.proxies.standing(), name).toEqual(onAll('iptables with iptables'));
    }
  });
});

describe('connectFailure', () => {
  it.each([
    [undefined, null],
    ['wrong-answer', null],
    ['closed', null],
    ['ECONNRESET', null],
    ['ECONNREFUSED', 'ECONNREFUSED'],
    ['timeout', 'timeout'],
  ])('of an attempt that ended with %s is %s', (error, failure) => {
    const attempt = {
      dueMilliseconds: 0,
      ...(error === undefined ? { milliseconds: 1 } : { error }),
    };

    expect(connectFailure({ startedAt: '2026-01-01T00:00:00.000Z', attempts: [attempt] })).toBe(
      failure,
    );
  });
});

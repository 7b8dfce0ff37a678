import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentAnswers } from '@fairlead/core';
import { readCounters } from './read-counters.js';
import { conntrackText, slabinfoText, snmpText, softnetText } from './recorded.fixture.js';

describe('readCounters', () => {
  let proc = '';
  beforeEach(async () => {
    proc = await mkdtemp(join(tmpdir(), 'fairlead-proc-'));
  });
  afterEach(async () => {
    await rm(proc, { recursive: true });
  });

  async function put(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(proc, name)), { recursive: true });
      await writeFile(join(proc, name), text);
    }
  }

  it('puts all files together, with the fill and size of the connection table', async () => {
    await put({
      'net/snmp': snmpText,
      'net/softnet_stat': softnetText,
      'net/stat/nf_conntrack': conntrackText,
      'sys/net/netfilter/nf_conntrack_count': '953\n',
      'sys/net/netfilter/nf_conntrack_max': '262144\n',
      slabinfo: slabinfoText,
    });

    const counters = await readCounters(proc);

    const byName = new Map(counters.map(({ name, value }) => [name, value]));
    expect(byName.get('conntrack.count')).toBe(953);
    expect(byName.get('conntrack.max')).toBe(262_144);
    expect(byName.get('conntrack.object_bytes')).toBe(256);
    expect(byName.get('conntrack.drop')).toBe(0);
    expect(byName.get('Tcp.OutSegs')).toBe(941_155);
  });

  it('leaves out what a kernel lacks', async () => {
    await put({ 'net/softnet_stat': softnetText });

    const names = (await readCounters(proc)).map(({ name }) => name);

    expect(names).toEqual(['softnet.processed', 'softnet.dropped', 'softnet.time_squeeze']);
  });

  it('answers in the form of the protocol on the kernel under this test', async () => {
    const answer = { bootId: 'any', counters: await readCounters() };

    expect(AgentAnswers['read-counters'].parse(answer).counters.length).toBeGreaterThan(50);
  });

  it('names nothing twice', async () => {
    const names = (await readCounters()).map(({ name }) => name);

    expect(names).toHaveLength(new Set(names).size);
  });
});

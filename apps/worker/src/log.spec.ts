import { Writable } from 'node:stream';
import { ClusterUnreachable } from '@fairlead/core';
import { expect, it } from 'vitest';
import { openLog } from './log.js';

it('writes one JSON object per line, with the class and code of an error and of its causes', () => {
  const { log, lines } = aLog();
  const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

  log.warn(
    { err: new ClusterUnreachable('It does not answer.', { cause }), job: 'j' },
    'Will retry',
  );

  expect(lines()).toMatchObject([
    {
      app: 'worker',
      level: 40,
      msg: 'Will retry',
      job: 'j',
      err: {
        name: 'ClusterUnreachable',
        code: 'cluster-unreachable',
        kind: 'unavailable',
        cause: { name: 'Error', code: 'ECONNREFUSED' },
      },
    },
  ]);
});

it('never writes what a library hung onto its error', () => {
  const { log, text } = aLog();
  const err = Object.assign(new Error('Unauthorized'), {
    request: { headers: { authorization: 'Bearer s3cr3t' } },
    body: 's3cr3t',
  });

  log.error({ err }, 'Failed');
  log.error({ err: { token: 's3cr3t' } }, 'Failed with no error at all');

  expect(text()).toContain('Unauthorized');
  expect(text()).not.toContain('s3cr3t');
});

function aLog() {
  const chunks: string[] = [];
  const to = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString());
      done();
    },
  });
  const text = () => chunks.join('');
  return {
    log: openLog('info', to),
    text,
    lines: () =>
      text()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
  };
}

import { describe, expect, it } from 'vitest';
import type { AwaitCondition } from '../../await-condition.js';
import type { SeenObject } from '../../objects.js';
import type { ChangeContext } from '../changes/executor.js';
import { unmet } from './unmet.js';

const ref = { apiVersion: 'projectcalico.org/v3', kind: 'FelixConfiguration', name: 'default' };

function contextWith(object: SeenObject | null): ChangeContext {
  const cluster = { read: () => Promise.resolve(object) };
  return { cluster, signal: AbortSignal.timeout(1000) } as unknown as ChangeContext;
}

describe('object-value', () => {
  const condition: AwaitCondition = {
    type: 'object-value',
    object: ref,
    path: ['spec', 'bpfEnabled'],
    value: true,
  };
  const felix = (spec: object) =>
    ({
      apiVersion: ref.apiVersion,
      kind: ref.kind,
      metadata: { name: ref.name },
      spec,
    }) as SeenObject;

  it('is met when the object holds the value, and says what it holds otherwise', async () => {
    const ask = (object: SeenObject | null) => unmet(condition, contextWith(object));

    expect(await ask(felix({ bpfEnabled: true }))).toBeNull();
    expect(await ask(felix({ bpfEnabled: false }))).toContain('should be true, but is false.');
    expect(await ask(felix({}))).toContain('should be true, but is absent.');
    expect(await ask(null)).toBe('FelixConfiguration default does not exist.');
  });
});

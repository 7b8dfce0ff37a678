import { expect, it } from 'vitest';
import { FakeCluster, FakeWorld } from '../testing/fake-cluster.js';
import { FakeClock } from '../testing/scenario.js';
import { objectWithout } from './object-condition.js';

const object = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  namespace: 'n',
  name: 'h',
};

function ask(conditions: readonly { type: string; status: string; message?: string }[] | null) {
  const world = new FakeWorld();
  const { apiVersion, kind, namespace, name } = object;
  if (conditions !== null) {
    world.put({ apiVersion, kind, metadata: { namespace, name }, status: { conditions } });
  }
  return objectWithout(
    { type: 'object-condition', object, conditionType: 'ScalingActive', status: 'True' },
    {
      cluster: new FakeCluster(world),
      clock: new FakeClock(),
      jobId: 'j1',
      signal: AbortSignal.timeout(10_000),
    },
  );
}

it('is met by the condition with its status', async () => {
  expect(await ask([{ type: 'ScalingActive', status: 'True' }])).toBeNull();
});

it.each([
  [null, 'HorizontalPodAutoscaler n/h does not exist.'],
  [[], 'HorizontalPodAutoscaler n/h does not say whether it is ScalingActive yet.'],
  [
    [{ type: 'ScalingActive', status: 'False', message: 'no metrics' }],
    'HorizontalPodAutoscaler n/h is not ScalingActive=True: no metrics.',
  ],
])('says what the object shows instead of it: %j', async (conditions, sentence) => {
  expect(await ask(conditions)).toBe(sentence);
});

import type { AwaitCondition } from '../../await-condition.js';
import { objectText } from '../../objects.js';
import type { ChangeContext } from '../changes/executor.js';
import { podsWithoutCorefile } from './corefile-loaded.js';
import { nodesUnanswered } from './dns-answers.js';
import { newPodsWithout } from './new-pod-mtu.js';
import { nodesWithout } from './node-values.js';
import { objectWithout } from './object-condition.js';
import { pathsBelow } from './path-mtu.js';
import { podsWithoutOption } from './pod-resolvers.js';
import { objectWithoutValue } from './object-value.js';
import { podsWithout } from './pod-values.js';
import { nodesNotInMode } from './proxy-mode.js';
import { nodesWithRules } from './proxy-rules.js';

/** What a condition still lacks, as a sentence; null when it is met. */
export async function unmet(
  condition: AwaitCondition,
  context: ChangeContext,
): Promise<string | null> {
  switch (condition.type) {
    case 'rolled-out': {
      const { done, message } = await context.cluster.rollout(condition.object, context.signal);
      return done ? null : `${objectText(condition.object)}: ${message}`;
    }
    case 'node-values':
      return await nodesWithout(condition, context);
    case 'pod-values':
      return await podsWithout(condition, context);
    case 'proxy-mode':
      return await nodesNotInMode(condition, context);
    case 'proxy-rules-gone':
      return await nodesWithRules(condition, context);
    case 'corefile-loaded':
      return await podsWithoutCorefile(condition, context, 'counted');
    case 'object-condition':
      return await objectWithout(condition, context);
    case 'pod-resolvers':
      return await podsWithoutOption(condition, context);
    case 'dns-answers':
      return await nodesUnanswered(condition, context);
    case 'new-pod-mtu':
      return await newPodsWithout(condition, context);
    case 'path-mtu':
      return await pathsBelow(condition, context);
    case 'object-value':
      return await objectWithoutValue(condition, context);
  }
}

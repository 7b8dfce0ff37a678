import { z } from 'zod';
import { PlanDraft, type Tuner } from '@fairlead/core';

const Settings = z.strictObject({ value: z.int().min(1).max(9) });
const Observation = z.strictObject({ nodes: z.record(z.string(), z.string()) });

/** A tuner with nothing behind it: one kernel key on every node, so that the API can be tested alone. */
export const echoTuner: Tuner = {
  name: 'echo',
  title: 'Echo',
  order: 1,
  settings: Settings,
  observation: Observation,
  rbac: [
    {
      scope: 'cluster',
      apiGroup: '',
      resources: ['nodes'],
      verbs: ['list'],
      reason: 'To see the nodes.',
    },
    {
      scope: { namespace: 'kube-system' },
      apiGroup: '',
      resources: ['configmaps'],
      verbs: ['get'],
      resourceNames: ['a'],
      reason: 'To read one.',
    },
  ],
  parameters: [
    {
      name: 'net.core.somaxconn',
      unit: 'connections',
      scope: 'node',
      cost: 'none',
      source: 'ip-sysctl',
    },
  ],
  probes: [],
  observe: () => Promise.resolve({ nodes: {} }),
  plan(settings, observed) {
    const { value } = settings as z.infer<typeof Settings>;
    const { nodes } = observed as z.infer<typeof Observation>;
    const draft = new PlanDraft('echo');
    const before = Object.entries(nodes).map(([node, held]) => ({ node, value: held }));
    if (Object.keys(nodes).length === 0) draft.refuse('no-node', 'There is no node.');
    else {
      draft.add({
        id: 'echo/net.core.somaxconn',
        kind: 'node',
        summary: `Set net.core.somaxconn to ${value}.`,
        key: 'net.core.somaxconn',
        before,
        after: String(value),
      });
    }
    return draft.finish();
  },
  advise(observed) {
    const { nodes } = observed as z.infer<typeof Observation>;
    const about = {
      tuner: 'echo',
      parameters: ['net.core.somaxconn'],
      sources: ['https://x.test'],
    };
    return [
      {
        ...about,
        code: 'echo-small',
        verdict: 'act',
        message: 'It is small: set it to 7.',
        evidence: Object.entries(nodes).map(([node, value]) => ({
          what: node,
          value,
          where: node,
        })),
        recommended: { value: 7 },
      },
      {
        ...about,
        code: 'echo-unseen',
        verdict: 'unknown',
        message: 'One node was not seen.',
        evidence: [],
      },
    ];
  },
};

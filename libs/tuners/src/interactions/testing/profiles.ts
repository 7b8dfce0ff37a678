import { PlanDraft, type JsonObject, type ObjectRef, type PlannedPart } from '@fairlead/core';
import { ProfileView } from '../profile-view.js';

type Prepare = (draft: PlanDraft) => void;

/** One tuner’s part, with the plan that a spec writes down. */
export function aPart(tuner: string, prepare: Prepare, observation: JsonObject = {}): PlannedPart {
  const draft = new PlanDraft(tuner);
  prepare(draft);
  return { tuner, settings: {}, observation, plan: draft.finish() };
}

export function aProfile(...parts: readonly PlannedPart[]): ProfileView {
  return new ProfileView(parts);
}

export const proxyConfig: ObjectRef = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: 'kube-system',
  name: 'kube-proxy',
};

/** An edit inside a text that an object holds, or of the object itself. */
export function anEdit(
  object: ObjectRef,
  path: readonly string[],
  values: {
    readonly before?: string | boolean | number;
    readonly after?: string | boolean | number;
  },
  document?: string,
): Prepare {
  return (draft) =>
    draft.add({
      kind: 'edit',
      id: `edit/${object.name}/${path.join('.')}`,
      summary: 'Edit it.',
      object,
      edits: [
        {
          ...(document !== undefined && {
            document: { path: ['data', document], format: 'yaml' as const },
          }),
          path: [...path],
          ...values,
        },
      ],
    });
}

export function toMode(after: string, before = 'iptables'): Prepare {
  return anEdit(proxyConfig, ['mode'], { before, after }, 'config.conf');
}

export const nodeLocal: ObjectRef = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  namespace: 'kube-system',
  name: 'node-local-dns',
};

export const withNodeLocal: Prepare = (draft) =>
  draft.add({
    kind: 'create',
    id: 'dns/node-local-dns',
    summary: 'Install it.',
    object: nodeLocal,
    manifest: { ...nodeLocal },
  });

export const replacementOn: Prepare = anEdit(
  { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'cilium-config' },
  ['data', 'kube-proxy-replacement'],
  { before: 'false', after: 'true' },
);

export function aRestart(name: string): Prepare {
  return (draft) =>
    draft.add({
      kind: 'restart',
      id: `restart/${name}`,
      summary: 'Restart it.',
      object: { apiVersion: 'apps/v1', kind: 'DaemonSet', namespace: 'kube-system', name },
      activates: [],
      deadlineSeconds: 60,
    });
}

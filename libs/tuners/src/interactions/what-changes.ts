import type { Change, ChangeOf, Json } from '@fairlead/core';
import { isObject } from '../json-reading.js';
import type { ProfileView } from './profile-view.js';

type Found = {
  readonly tuner: string;
  readonly after: Json | undefined;
  readonly before: Json | undefined;
};

/** From which mode of kube-proxy to which: a switch may lead through a third, with an edit for each step. */
export function modeSwitch(profile: ProfileView): Found | null {
  const steps = editsOf(profile)
    .filter(
      ({ change, path, inDocument }) =>
        /kube-?proxy/i.test(change.object.name) && inDocument && path.join('.') === 'mode',
    )
    .map(found);
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined) return null;
  return { tuner: last.tuner, before: first.before, after: last.after };
}

/** The change that installs or removes NodeLocal DNSCache. */
export function nodeLocalChange(
  profile: ProfileView,
): (Change & { kind: 'create' | 'remove' }) | null {
  return (
    profile.changes.find(
      (change): change is ChangeOf<'create'> | ChangeOf<'remove'> =>
        (change.kind === 'create' || change.kind === 'remove') &&
        change.object.kind === 'DaemonSet' &&
        isNodeLocal(change.object.name),
    ) ?? null
  );
}

export function isNodeLocal(name: string): boolean {
  return /^(node-local-dns|nodelocaldns|fairlead-node-local-dns)$/.test(name);
}

/** Whether a DNS cache answers on the nodes already: ours, the usual one, or another that a tuner found. */
export function nodeLocalRuns(profile: ProfileView): boolean {
  if (nodeLocalChange(profile)?.kind === 'remove') return false;
  return (
    profile.seen.some(({ kind, name }) => kind === 'DaemonSet' && isNodeLocal(name)) ||
    profile.valuesOf('standing').some((ours) => isObject(ours) && 'takesOver' in ours) ||
    profile.valuesOf('nodeCaches').some((names) => Array.isArray(names) && names.length > 0)
  );
}

/** Edits that turn on something that takes kube-proxy's place: Cilium's replacement, Calico's eBPF mode. */
export function replacementTurnedOn(profile: ProfileView): Found | null {
  const edits = editsOf(profile).filter(({ path, after }) => {
    const field = path.at(-1);
    if (field === 'kube-proxy-replacement')
      return after === 'true' || after === 'strict' || after === true;
    if (field === 'bpfEnabled') return after === true;
    return field === 'linuxDataplane' && after === 'BPF';
  });
  return edits.map(found)[0] ?? null;
}

/** Fields that decide an MTU: `mtu`, `MTU`, `vxlanMTU`, `veth_mtu`, `AWS_VPC_ENI_MTU`. */
export function mtuChange(profile: ProfileView): Found | null {
  return (
    editsOf(profile)
      .filter(({ path }) => /mtu(v6)?$/i.test(path.at(-1) ?? ''))
      .map(found)[0] ?? null
  );
}

/** Fields that decide what wraps packets between nodes. */
export function encapsulationChange(profile: ProfileView): Found | null {
  const fields =
    /^(vxlanMode|ipipMode|encapsulation|routing-mode|tunnel-protocol|tunnel|Type|DirectRouting|wireguardEnabled|enable-wireguard)$/;
  return (
    editsOf(profile)
      .filter(({ path }) => fields.test(path.at(-1) ?? ''))
      .filter(({ path }) => path.at(-1) !== 'Type' || path.at(-2) === 'Backend')
      .map(found)[0] ?? null
  );
}

/** Edits that choose Calico's data plane. */
export function calicoDataplaneChange(profile: ProfileView): Found | null {
  return (
    editsOf(profile)
      .filter(({ path }) => path.at(-1) === 'linuxDataplane' || path.at(-1) === 'nftablesMode')
      .map(found)[0] ?? null
  );
}

/** A Corefile that gains a plugin: as a statement of its own, or inside a whole text. */
export function corefileGains(profile: ProfileView, plugin: string): Found | null {
  const word = new RegExp(`(^|\\s)${plugin}(\\s|$)`, 'm');
  const has = (value: Json | undefined) => typeof value === 'string' && word.test(value);
  return (
    editsOf(profile)
      .filter(({ format, path }) => format === 'corefile' || path.at(-1) === 'Corefile')
      .filter(
        ({ before, after, path }) =>
          (path.includes(plugin) && before === undefined && after !== undefined) ||
          (has(after) && !has(before)),
      )
      .map(found)[0] ?? null
  );
}

/** HorizontalPodAutoscalers that are created, with what they scale. */
export function scalersCreated(
  profile: ProfileView,
): readonly { readonly tuner: string; readonly target: string }[] {
  return profile.changes.flatMap((change) => {
    if (change.kind !== 'create' || change.object.kind !== 'HorizontalPodAutoscaler') return [];
    const spec = change.manifest['spec'] as { scaleTargetRef?: { name?: unknown } } | undefined;
    const target = spec?.scaleTargetRef?.name;
    return typeof target === 'string' ? [{ tuner: change.tuner, target }] : [];
  });
}

interface SeenEdit {
  readonly change: ChangeOf<'edit'>;
  /** Inside the document where there is one. */
  readonly path: readonly string[];
  readonly inDocument: boolean;
  readonly format: 'yaml' | 'json' | 'corefile' | null;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

function editsOf(profile: ProfileView): readonly SeenEdit[] {
  return profile.changes.flatMap((change) =>
    change.kind === 'edit'
      ? change.edits.map(({ document, path, before, after }) => ({
          change,
          path,
          inDocument: document !== undefined,
          format: document?.format ?? null,
          before,
          after,
        }))
      : [],
  );
}

function found({ change, before, after }: SeenEdit): Found {
  return { tuner: change.tuner, before, after };
}

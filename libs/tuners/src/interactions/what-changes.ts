import type { Change, ChangeOf, Json } from '@fairlead/core';
import type { ProfileView } from './profile-view.js';

type Found = {
  readonly tuner: string;
  readonly after: Json | undefined;
  readonly before: Json | undefined;
};

/** Edits of kube-proxy's `mode`, wherever its configuration stands. */
export function modeSwitch(profile: ProfileView): Found | null {
  const edits = editsOf(profile).filter(
    ({ change, path, inDocument }) =>
      /kube-?proxy/i.test(change.object.name) &&
      ((inDocument && path.join('.') === 'mode') || path.at(-1) === 'proxyMode'),
  );
  return edits.map(found)[0] ?? null;
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

/** Whether NodeLocal DNSCache answers in the cluster already. */
export function nodeLocalRuns(profile: ProfileView): boolean {
  if (nodeLocalChange(profile)?.kind === 'remove') return false;
  return profile.seen.some(({ kind, name }) => kind === 'DaemonSet' && isNodeLocal(name));
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

/** A Corefile that gains a plugin. */
export function corefileGains(profile: ProfileView, plugin: string): Found | null {
  const has = (value: Json | undefined) =>
    new RegExp(`(^|[\\s"])${plugin}([\\s"]|$)`, 'm').test(
      typeof value === 'string' ? value : JSON.stringify(value ?? ''),
    );
  return (
    editsOf(profile)
      .filter(
        ({ change, path }) =>
          /Corefile|\.override$|\.server$/.test([...path, change.object.name].join(' ')) ||
          change.object.name === 'coredns',
      )
      .filter(({ before, after, path }) => (has(after) || path.includes(plugin)) && !has(before))
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
          before,
          after,
        }))
      : [],
  );
}

function found({ change, before, after }: SeenEdit): Found {
  return { tuner: change.tuner, before, after };
}

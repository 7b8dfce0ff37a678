import { aWorldNode } from '../../testing/nodes.js';
import type { World } from '../../testing/world.js';
import type { PathDigest, SeenPath } from '../path-digest.js';
import { putFlannel } from './contract-cases.js';
import { addRunningPod, type MtuWorld, type PodDraft } from './mtu-world.js';

export interface WorldDraft extends Partial<Omit<MtuWorld, 'newPodMtu'>> {
  readonly nodes?: readonly string[];
  readonly newPodMtu?: number;
  readonly written?: number;
  readonly type?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly strategy?: string;
  readonly pods?: readonly PodDraft[];
}

/** flannel over VXLAN on nodes with links of 1500 bytes, unless said otherwise. */
export function aWorld(draft: WorldDraft = {}): World {
  const names = draft.nodes ?? ['n1', 'n2'];
  const newPodMtu = draft.newPodMtu ?? 1450;
  const world: World = {
    version: '1.36.3',
    nodes: names.map((name, at) =>
      aWorldNode({ name, addresses: [`10.0.0.${at + 1}`], podCidrs: ['10.244.0.0/24'] }),
    ),
    objects: new Map(),
    mtu: {
      uplinkBytes: draft.uplinkBytes ?? 1500,
      pathBytes: draft.pathBytes === undefined ? 1500 : draft.pathBytes,
      isSilent: draft.isSilent ?? false,
      newPodMtu: new Map(names.map((name) => [name, newPodMtu])),
    },
  };
  const { type = 'vxlan', written, labels = {}, strategy = 'RollingUpdate' } = draft;
  putFlannel(world, { type, written, labels, strategy });
  for (const pod of draft.pods ?? []) addRunningPod(world, pod);
  return world;
}

export function aPod(name: string, owner: string, overrides: Partial<PodDraft> = {}): PodDraft {
  const usual = { namespace: 'shop', node: 'n1', mtu: 1450, kind: 'Deployment' };
  return { ...usual, name, owner, ...overrides };
}

/** A digest in which only what is named went wrong. */
export function somePaths(overrides: Partial<PathDigest> = {}): PathDigest {
  return {
    families: [{ family: 'ipv4', paths: 2, leastBytes: 1500 }],
    narrowest: [],
    silent: { count: 0, first: [] },
    unproved: { count: 0, first: [] },
    problems: [],
    targetNodes: 2,
    ...overrides,
  };
}

export function aPath(overrides: Partial<SeenPath> = {}): SeenPath {
  return {
    node: 'n1',
    to: 'n2',
    address: '10.0.0.2',
    linkMtuBytes: 1500,
    passesBytes: 1500,
    stoppedBy: 'interface',
    ...overrides,
  };
}

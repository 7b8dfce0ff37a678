import { objectText, type PathEdit } from '@fairlead/core';
import { listed } from '../by-text.js';
import { calicoApi } from '../cni/calico.js';
import { familyOf } from '../cni/families.js';
import type { InstallationPool, SeenCalico, SeenPool } from '../cni/seen-calico.js';
import type { CalicoChange } from './calico-bpf.js';
import { refuseOwner, type Drafting } from './drafting.js';
import type { CalicoEncapsulation } from './settings.js';
import { commonSubnet } from './subnets.js';

/** The one pool that a manifest or the operator makes by itself, and that our account may change. */
export const defaultPool = 'default-ipv4-ippool';

interface Modes {
  readonly ipipMode: string;
  readonly vxlanMode: string;
}

const modes: Readonly<Record<CalicoEncapsulation, Modes>> = {
  VXLAN: { vxlanMode: 'Always', ipipMode: 'Never' },
  VXLANCrossSubnet: { vxlanMode: 'CrossSubnet', ipipMode: 'Never' },
  IPIP: { vxlanMode: 'Never', ipipMode: 'Always' },
  IPIPCrossSubnet: { vxlanMode: 'Never', ipipMode: 'CrossSubnet' },
  None: { vxlanMode: 'Never', ipipMode: 'Never' },
};

/** What becomes of the IPv4 pools' encapsulation; null when all are as asked, or nobody asked. */
export function encapsulationChange(
  drafting: Drafting,
  wanted: CalicoEncapsulation | undefined,
  calico: SeenCalico,
): CalicoChange | null {
  if (wanted === undefined) return null;
  const pools = calico.pools.filter(({ cidr, disabled }) => !disabled && familyOf(cidr) === 'ipv4');
  const differing = pools.filter((pool) => !isSo(pool, modes[wanted]));
  const entries = (calico.installation?.pools ?? []).filter(
    ({ cidr, encapsulation }) =>
      encapsulation !== wanted && pools.some((pool) => pool.cidr === cidr && pool.keptByOperator),
  );
  if (pools.length > 0 && differing.length === 0 && entries.length === 0) return null;
  return {
    what: 'Calico’s encapsulation',
    kernel: '3.10',
    isRolled: false,
    patch: patchOf(calico, wanted, pools),
    add: () => {
      if (pools.length === 0) {
        drafting.plan.refuse(
          'calico-pools-not-seen',
          'No enabled IPv4 pool of Calico was seen. Check kubectl get ippools, and that Fairlead’s account may list them.',
        );
        return;
      }
      tellNetwork(drafting, wanted, calico, pools);
      refuseApi(drafting, wanted, calico, pools);
      if (calico.installation === null) addPools(drafting, wanted, calico, differing);
      else addInstallation(drafting, wanted, calico, differing, entries);
    },
  };
}

function isSo(pool: SeenPool, { ipipMode, vxlanMode }: Modes): boolean {
  return (pool.ipipMode ?? 'Never') === ipipMode && (pool.vxlanMode ?? 'Never') === vxlanMode;
}

/** What the network between nodes has to carry afterwards. */
function tellNetwork(
  drafting: Drafting,
  wanted: CalicoEncapsulation,
  calico: SeenCalico,
  pools: readonly SeenPool[],
): void {
  const { plan, observed } = drafting;
  const now = new Set(
    pools.flatMap((pool) => [
      ...((pool.vxlanMode ?? 'Never') === 'Never' ? [] : ['VXLAN']),
      ...((pool.ipipMode ?? 'Never') === 'Never' ? [] : ['IPIP']),
    ]),
  );
  const needsBgp = !wanted.startsWith('VXLAN');
  const bgp =
    calico.installation === null
      ? calico.backend === 'bird'
      : calico.installation.bgp === 'Enabled';
  if (needsBgp && !bgp) {
    plan.refuse(
      'calico-needs-bgp',
      `With ${wanted} BIRD tells nodes the routes to pods, and it is not known to run here (${calico.installation === null ? `calico_backend is ${calico.backend ?? 'absent'}` : `spec.calicoNetwork.bgp is ${calico.installation.bgp ?? 'absent'}`}). Set BGP up first, or ask for VXLAN or VXLANCrossSubnet.`,
    );
  }
  if (wanted.startsWith('IPIP') && observed.nodes.some(({ platform }) => platform === 'aks')) {
    plan.refuse('network-drops-ipip', 'Azure’s network drops IP in IP. Take VXLAN there.');
  }
  const isOneSubnet = commonSubnet(observed) !== null;
  if (wanted === 'None' && !isOneSubnet) {
    drafting.need(
      'network-routes-pods',
      'nodes are not known to share one subnet, so the routers between them have to know the way to pods (by BGP with them)',
    );
  }
  if (wanted.startsWith('VXLAN') && !now.has('VXLAN')) {
    drafting.need('network-passes-vxlan', 'the network has to pass UDP 4789 between all nodes');
  }
  if (wanted.startsWith('IPIP') && !now.has('IPIP')) {
    drafting.need(
      'network-passes-ipip',
      'the network and its firewalls have to pass IP protocol 4 between all nodes',
    );
  }
  // VXLAN's header is the largest: only that can make packets larger than before.
  const grows =
    wanted !== 'None' && (now.size === 0 || (wanted.startsWith('VXLAN') && !now.has('VXLAN')));
  if (grows) {
    drafting.need(
      'pod-mtu-fits',
      'packets grow by the new header, and pods that run keep the MTU that they were made with: lower it first',
    );
  }
  drafting.need(
    'connections-may-be-cut',
    'Felix writes the routes of each node anew within seconds, and packets on their way between nodes are lost or reordered meanwhile',
  );
  plan.touchesConnections('some-cut');
  plan.interruptsDns();
  plan.evidence('https://docs.tigera.io/calico/latest/networking/configuring/vxlan-ipip');
  if (observed.cni.families.includes('ipv6')) {
    plan.warn(
      'ipv6-pools-stay',
      'IPv6 pools stay as they are: they know VXLAN and nothing else, and only IPv4 pools are planned.',
    );
  }
}

function refuseApi(
  { plan }: Drafting,
  wanted: CalicoEncapsulation,
  calico: SeenCalico,
  pools: readonly SeenPool[],
): void {
  if (calico.isApiServed) return;
  plan.refuse(
    'calico-api-not-served',
    `${calicoApi} is not served: without it ${calico.installation === null ? 'nothing checks what is written to a pool' : 'the operator does not change pools that exist'}. Use calicoctl, or start Calico’s API server.`,
    { patch: patchOf({ ...calico, installation: null }, wanted, pools) },
  );
}

function addPools(
  drafting: Drafting,
  wanted: CalicoEncapsulation,
  calico: SeenCalico,
  differing: readonly SeenPool[],
): void {
  const { plan } = drafting;
  for (const pool of differing) {
    const patch = patchOf(calico, wanted, [pool]);
    refuseOwner(drafting, pool.object, pool.owner, patch);
    if (pool.keptByOperator) {
      plan.refuse(
        'parameter-owned',
        `${objectText(pool.object)} is kept by Calico’s operator, whose Installation was not seen. Check that Fairlead’s account may read it: the change belongs there.`,
        { patch },
      );
      continue;
    }
    if (pool.object.name !== defaultPool) {
      plan.refuse(
        'pool-not-ours-to-change',
        `Fairlead’s account may change IPPool ${defaultPool} alone, and ${pool.object.name} would change too. Use kubectl or calicoctl for it.`,
        { patch },
      );
      continue;
    }
    const { object } = pool;
    plan.add({
      kind: 'edit',
      id: `datapath/pool/${object.name}`,
      summary: `Set the encapsulation of ${objectText(object)} to ${wanted}.`,
      object,
      edits: modeEdits(pool, modes[wanted]),
    });
  }
}

function modeEdits(pool: SeenPool, wanted: Modes): PathEdit[] {
  return (['ipipMode', 'vxlanMode'] as const).flatMap((field) => {
    const before = pool[field];
    if ((before ?? 'Never') === wanted[field]) return [];
    return [{ path: ['spec', field], ...(before !== null && { before }), after: wanted[field] }];
  });
}

/** The operator's own list; what it makes of it is waited for at the pools. */
function addInstallation(
  drafting: Drafting,
  wanted: CalicoEncapsulation,
  calico: SeenCalico,
  differing: readonly SeenPool[],
  entries: readonly InstallationPool[],
): void {
  const { plan } = drafting;
  const { installation } = calico;
  if (installation === null) return;
  const { object } = installation;
  refuseOwner(drafting, object, installation.owner, patchOf(calico, wanted, differing));
  const strangers = differing.filter(
    ({ cidr, keptByOperator }) =>
      !keptByOperator || !installation.pools.some((entry) => entry.cidr === cidr),
  );
  if (strangers.length > 0) {
    plan.refuse(
      'calico-pool-not-managed',
      `${listed(strangers.map((pool) => objectText(pool.object)))} is not kept by the operator: an edit of the Installation would not reach it, and one of the pool may set the operator at odds with it. Put it into spec.calicoNetwork.ipPools first.`,
    );
    return;
  }
  if (entries.length === 0) {
    const lagging = listed(differing.map((pool) => objectText(pool.object)));
    plan.refuse(
      'calico-operator-lags',
      `The Installation asks for ${wanted} already, and ${lagging} does not have it. Check the status of the operator (kubectl get tigerastatus).`,
    );
    return;
  }
  plan.add({
    kind: 'edit',
    id: 'datapath/installation',
    summary: `Set the encapsulation of ${listed(entries.map(({ name, cidr }) => name ?? cidr))} to ${wanted} in ${objectText(object)}.`,
    object,
    edits: entries.flatMap(({ at, cidr, encapsulation }) => {
      const entry = ['spec', 'calicoNetwork', 'ipPools', String(at)];
      return [
        // Stays as it is: that the place in the list is still this pool's is proved with each write.
        { path: [...entry, 'cidr'], before: cidr, after: cidr },
        {
          path: [...entry, 'encapsulation'],
          ...(encapsulation !== null && { before: encapsulation }),
          after: wanted,
        },
      ];
    }),
  });
  for (const pool of differing) {
    for (const { path, after = null } of modeEdits(pool, modes[wanted])) {
      const field = path.at(-1) ?? '';
      plan.add({
        kind: 'await',
        id: `datapath/pool/${pool.object.name}/${field}`,
        summary: `See the operator change ${field} of ${objectText(pool.object)}.`,
        condition: { type: 'object-value', object: pool.object, path, value: after },
        deadlineSeconds: 300,
      });
    }
  }
}

function patchOf(
  { installation }: SeenCalico,
  wanted: CalicoEncapsulation,
  pools: readonly SeenPool[],
): string {
  if (installation !== null) {
    const lines = installation.pools
      .filter(({ cidr }) => familyOf(cidr) === 'ipv4')
      .map(({ cidr }) => `      - cidr: ${cidr}\n        encapsulation: ${wanted}\n`);
    return `spec:\n  calicoNetwork:\n    ipPools:\n${lines.join('')}`;
  }
  const { ipipMode, vxlanMode } = modes[wanted];
  return pools
    .map(
      ({ object }) =>
        `calicoctl patch ippool ${object.name} --patch '{"spec":{"ipipMode":"${ipipMode}","vxlanMode":"${vxlanMode}"}}'\n`,
    )
    .join('');
}

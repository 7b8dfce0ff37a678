import { objectText, refOf, valueAt, type SeenObject } from '@fairlead/core';
import { foreignOwnerOf } from '../foreign-owner.js';
import { textAt, textsAt } from '../json-reading.js';
import { familyOf } from './families.js';
import type { SeenCalico, SeenPool } from './seen-calico.js';
import type { Encapsulation } from './seen-cni.js';

export interface FelixObject {
  readonly object: SeenObject;
  readonly seen: NonNullable<SeenCalico['felix']>;
}

export function felixOf(object: SeenObject): FelixObject {
  const bpfEnabled = valueAt(object, ['spec', 'bpfEnabled']);
  return {
    object,
    seen: {
      object: refOf(object),
      owner: foreignOwnerOf(object),
      bpfEnabled: typeof bpfEnabled === 'boolean' ? bpfEnabled : null,
      nftablesMode: textAt(object, ['spec', 'nftablesMode']),
      wireguardEnabled: valueAt(object, ['spec', 'wireguardEnabled']) === true,
    },
  };
}

export function poolOf(object: SeenObject): SeenPool {
  const keeper = textsAt(object, ['metadata', 'labels'])['app.kubernetes.io/managed-by'];
  return {
    object: refOf(object),
    cidr: textAt(object, ['spec', 'cidr']) ?? '',
    ipipMode: textAt(object, ['spec', 'ipipMode']),
    vxlanMode: textAt(object, ['spec', 'vxlanMode']),
    disabled: valueAt(object, ['spec', 'disabled']) === true,
    keptByOperator: keeper === 'tigera-operator',
    owner: foreignOwnerOf(object),
  };
}

/** What a pool's two modes mean together; at most one of them may be on (domain.md 6.1). */
export function encapsulationOf(pool: SeenPool): Encapsulation[] {
  const underlay = familyOf(pool.cidr);
  const modes = [
    ['vxlan', 'vxlanMode', pool.vxlanMode],
    ['ipip', 'ipipMode', pool.ipipMode],
  ] as const;
  return modes.flatMap(([kind, field, mode]) => {
    if (mode !== 'Always' && mode !== 'CrossSubnet') return [];
    const when = mode === 'Always' ? ('always' as const) : ('cross-subnet' as const);
    return [{ kind, when, underlay, where: `${objectText(pool.object)} spec.${field}` }];
  });
}

import { refOf, valueAt, type SeenObject } from '@fairlead/core';
import { foreignOwnerOf } from '../foreign-owner.js';
import type { SeenField } from './seen-cni.js';

const felixFields = [
  'vxlanMTU',
  'vxlanMTUV6',
  'ipipMTU',
  'wireguardMTU',
  'wireguardMTUV6',
  'mtuIfacePattern',
];

export interface CalicoMtuSources {
  readonly installation: SeenObject | null;
  readonly configMap: SeenObject | null;
  readonly felix: SeenObject | null;
}

/** Calico's real MTU fields; a FelixConfiguration has no `spec.mtu`. Source: domain.md 5.2. */
export function calicoMtuFields({ installation, configMap, felix }: CalicoMtuSources): SeenField[] {
  const fields: SeenField[] = [];
  if (installation !== null) {
    fields.push(
      field(installation, 'spec.calicoNetwork.mtu', ['spec', 'calicoNetwork', 'mtu']),
      field(installation, 'status.mtu', ['status', 'mtu']),
    );
  }
  if (configMap !== null) fields.push(field(configMap, 'veth_mtu', ['data', 'veth_mtu']));
  if (felix !== null) {
    for (const name of felixFields) fields.push(field(felix, `spec.${name}`, ['spec', name]));
  }
  return fields;
}

function field(object: SeenObject, name: string, path: string[]): SeenField {
  const value = valueAt(object, path);
  const isPlain = typeof value === 'number' || typeof value === 'string';
  const owner = foreignOwnerOf(object);
  return { name, object: refOf(object), path, value: isPlain ? value : null, owner };
}

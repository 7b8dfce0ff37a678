import { AddressRefused, InvalidRequest } from '@fairlead/core';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = readonly [Address, number];

/** Which addresses a cluster's API server may have. */
export interface AddressPolicy {
  /** Ranges in CIDR notation that the operator opens: loopback, private, shared ones. */
  readonly allow: readonly string[];
}

/** An address policy after its ranges were parsed. */
export interface AddressRules {
  /** Throws AddressRefused naming the kind of address, never who asked for it. */
  check(address: string): void;
}

/** Metadata services of clouds: whoever reaches them holds the machine's own credentials. */
const metadata = ['169.254.169.254/32', 'fd00:ec2::254/128', '100.100.100.200/32'].map(parseRange);

/** Kinds that no `allow` opens. */
const neverOpen = new Set(['metadata', 'linkLocal', 'multicast', 'unspecified', 'broadcast']);

/**
 * Parses the policy once. Only public unicast addresses pass by themselves; `allow` opens other
 * ranges, but never link-local, metadata, multicast or unspecified addresses.
 *
 * @throws InvalidRequest (`address-range-invalid`) for a range that is no CIDR
 * Source: bar.md F3; IANA special-purpose registries as ipaddr.js carries them.
 */
export function addressRules(policy: AddressPolicy): AddressRules {
  const open = policy.allow.map(parseRange);

  return {
    check(text) {
      if (!ipaddr.isValid(text)) throw new AddressRefused('The cluster has no valid address.');
      // A zone (fe80::1%eth0) only ever names a link; without it the address reads the same.
      const address = bare(ipaddr.parse(text.split('%')[0] ?? text));
      const kind = kindOf(address);
      if (kind === 'unicast') return;
      if (!neverOpen.has(kind) && open.some((range) => isIn(address, range))) return;
      throw new AddressRefused(`The cluster's address is ${sayKind(kind)}, which is not allowed.`, {
        ...(!neverOpen.has(kind) && {
          remedy: 'Add its range to the allowed address ranges if that is intended.',
        }),
      });
    },
  };
}

/** The IPv4 address inside an IPv6 form that a kernel or a gateway turns back into it. */
function bare(address: Address): Address {
  if (address.kind() === 'ipv4') return address;
  const v6 = address as ipaddr.IPv6;
  if (v6.isIPv4MappedAddress()) return v6.toIPv4Address();
  const bytes = v6.toByteArray();
  const range: string = v6.range();
  if (range === 'rfc6052') return new ipaddr.IPv4(bytes.slice(12));
  if (range === '6to4') return new ipaddr.IPv4(bytes.slice(2, 6));
  // ::a.b.c.d, deprecated, but some stacks still route it to IPv4.
  const isCompatible = bytes.slice(0, 12).every((byte) => byte === 0);
  if (isCompatible && bytes.slice(12, 14).some((byte) => byte !== 0)) {
    return new ipaddr.IPv4(bytes.slice(12));
  }
  return v6;
}

function kindOf(address: Address): string {
  if (metadata.some((range) => isIn(address, range))) return 'metadata';
  return address.range();
}

function isIn(address: Address, [base, bits]: Range): boolean {
  if (address.kind() === 'ipv4' && base.kind() === 'ipv4') {
    return (address as ipaddr.IPv4).match(base, bits);
  }
  if (address.kind() === 'ipv6' && base.kind() === 'ipv6') {
    return (address as ipaddr.IPv6).match(base, bits);
  }
  return false;
}

function parseRange(text: string): Range {
  if (!ipaddr.isValidCIDR(text)) {
    throw new InvalidRequest('address-range-invalid', `${text} is not a range like 10.0.0.0/8.`);
  }
  const [base, bits] = ipaddr.parseCIDR(text);
  return [base, bits];
}

function sayKind(kind: string): string {
  const words: Record<string, string> = {
    metadata: "a cloud's metadata service",
    linkLocal: 'link-local',
    loopback: 'loopback',
    private: 'private',
    uniqueLocal: 'private (unique local)',
    carrierGradeNat: 'shared address space',
    multicast: 'multicast',
    unspecified: 'unspecified',
    broadcast: 'the broadcast address',
  };
  return words[kind] ?? 'in a reserved range';
}

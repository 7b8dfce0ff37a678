import { sameJson, valueAt, type Json, type JsonObject, type PathEdit } from '@fairlead/core';
import { durationText, secondsOf } from '../proxy-config/go-duration.js';
import { proxyFieldNames, proxyFields, type ProxyField, type ProxyFieldName } from './fields.js';
import type { KubeProxySettings } from './settings.js';

/** One field as asked, in the configuration's own words. */
export interface WantedField {
  readonly name: ProxyFieldName;
  readonly field: ProxyField;
  readonly value: Json;
}

/** What the settings ask for, in the order of the catalogue. Durations are texts as Go prints them. */
export function wantedFields(settings: KubeProxySettings): WantedField[] {
  const { iptables = {}, nftables = {}, ipvs = {}, nodePortAddresses } = settings;
  const asked: Partial<Record<ProxyFieldName, Json | undefined>> = {
    nodePortAddresses,
    'iptables.syncPeriod': duration(iptables.syncPeriodSeconds),
    'iptables.minSyncPeriod': duration(iptables.minSyncPeriodSeconds),
    'iptables.masqueradeAll': iptables.masqueradeAll,
    'iptables.localhostNodePorts': iptables.localhostNodePorts,
    'nftables.syncPeriod': duration(nftables.syncPeriodSeconds),
    'nftables.minSyncPeriod': duration(nftables.minSyncPeriodSeconds),
    'nftables.masqueradeAll': nftables.masqueradeAll,
    'ipvs.scheduler': ipvs.scheduler,
    'ipvs.syncPeriod': duration(ipvs.syncPeriodSeconds),
    'ipvs.minSyncPeriod': duration(ipvs.minSyncPeriodSeconds),
    'ipvs.strictARP': ipvs.strictARP,
    'ipvs.tcpTimeout': duration(ipvs.tcpTimeoutSeconds),
    'ipvs.tcpFinTimeout': duration(ipvs.tcpFinTimeoutSeconds),
    'ipvs.udpTimeout': duration(ipvs.udpTimeoutSeconds),
  };
  return proxyFieldNames.flatMap((name) => {
    const value = asked[name];
    return value === undefined ? [] : [{ name, field: proxyFields[name], value }];
  });
}

function duration(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : durationText(seconds);
}

/** Whether the configuration says so already, by a value of its own or by kube-proxy's default. */
export function isInForce({ field, value }: WantedField, configuration: JsonObject): boolean {
  const now = valueAt(configuration, field.path) ?? null;
  if (field.kind === 'seconds') {
    const seconds = secondsIn(now) || field.byDefault;
    return seconds === secondsOf(value as string);
  }
  // An empty text, list or null means the default too (domain.md 1.1).
  const isUnset = now === null || now === '' || (Array.isArray(now) && now.length === 0);
  return sameJson(isUnset ? field.byDefault : now, value);
}

/** Seconds that a field stands for as it is written; 0 where it is unset: `0s`, null and absent are the same. */
export function secondsIn(value: Json | undefined): number {
  return typeof value === 'string' ? (secondsOf(value) ?? 0) : 0;
}

/** The edit of one place inside the configuration's text. */
export function editOf(
  dataKey: string,
  path: readonly string[],
  configuration: JsonObject,
  after: Json,
): PathEdit {
  const before = valueAt(configuration, path);
  return {
    document: { path: ['data', dataKey], format: 'yaml' },
    path: [...path],
    ...(before !== undefined && { before }),
    after,
  };
}

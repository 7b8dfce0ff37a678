import type { Json, JsonObject } from '@fairlead/core';

type Kind = 'text' | 'number' | 'truth' | 'list';

/** Flags of kube-proxy that stand for a field of its configuration. Source: domain.md 1.1. */
const fields: Readonly<Record<string, readonly [path: readonly string[], kind: Kind]>> = {
  '--proxy-mode': [['mode'], 'text'],
  '--nodeport-addresses': [['nodePortAddresses'], 'list'],
  '--iptables-sync-period': [['iptables', 'syncPeriod'], 'text'],
  '--iptables-min-sync-period': [['iptables', 'minSyncPeriod'], 'text'],
  '--iptables-localhost-nodeports': [['iptables', 'localhostNodePorts'], 'truth'],
  '--masquerade-all': [['iptables', 'masqueradeAll'], 'truth'],
  '--ipvs-scheduler': [['ipvs', 'scheduler'], 'text'],
  '--ipvs-sync-period': [['ipvs', 'syncPeriod'], 'text'],
  '--ipvs-min-sync-period': [['ipvs', 'minSyncPeriod'], 'text'],
  '--ipvs-strict-arp': [['ipvs', 'strictARP'], 'truth'],
  '--ipvs-tcp-timeout': [['ipvs', 'tcpTimeout'], 'text'],
  '--ipvs-tcpfin-timeout': [['ipvs', 'tcpFinTimeout'], 'text'],
  '--ipvs-udp-timeout': [['ipvs', 'udpTimeout'], 'text'],
  '--conntrack-max-per-core': [['conntrack', 'maxPerCore'], 'number'],
  '--conntrack-min': [['conntrack', 'min'], 'number'],
  '--conntrack-tcp-timeout-established': [['conntrack', 'tcpEstablishedTimeout'], 'text'],
  '--conntrack-tcp-timeout-close-wait': [['conntrack', 'tcpCloseWaitTimeout'], 'text'],
  '--conntrack-udp-timeout': [['conntrack', 'udpTimeout'], 'text'],
  '--conntrack-udp-timeout-stream': [['conntrack', 'udpStreamTimeout'], 'text'],
  '--conntrack-tcp-be-liberal': [['conntrack', 'tcpBeLiberal'], 'truth'],
};

/** What kube-proxy's flags stand for, when it has no configuration file; unknown flags are left out. */
export function configurationOfFlags(words: readonly string[]): JsonObject {
  const found: Record<string, Json> = {};
  for (const [at, word] of words.entries()) {
    const [flag = '', ...rest] = word.split('=');
    const known = Object.hasOwn(fields, flag) ? fields[flag] : undefined;
    if (known === undefined) continue;
    const [path, kind] = known;
    // A flag of truth takes its value with `=` alone: `--flag false` is the flag and another word.
    const inline = rest.length > 0 ? rest.join('=') : undefined;
    const text = kind === 'truth' ? (inline ?? 'true') : (inline ?? words[at + 1] ?? '');
    setAt(found, path, valueOf(text, kind));
  }
  return found;
}

function valueOf(text: string, kind: Kind): Json {
  if (kind === 'number') return Number.isFinite(Number(text)) ? Number(text) : null;
  if (kind === 'truth') return text !== 'false';
  return kind === 'list' ? text.split(',').filter((item) => item !== '') : text;
}

function setAt(target: Record<string, Json>, path: readonly string[], value: Json): void {
  const [section = '', field] = path;
  if (field === undefined) target[section] = value;
  else target[section] = { ...(target[section] as JsonObject | undefined), [field]: value };
}

/** The value of `--flag=value` or `--flag value`. */
export function flagValue(words: readonly string[], flag: string): string | null {
  for (const [at, word] of words.entries()) {
    if (word.startsWith(`${flag}=`)) return word.slice(flag.length + 1);
    if (word === flag) return words[at + 1] ?? null;
  }
  return null;
}

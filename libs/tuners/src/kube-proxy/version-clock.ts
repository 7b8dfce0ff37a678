import { isAtLeast } from '../version.js';

/** The modes that kube-proxy has on Linux. */
export const proxyModes = ['iptables', 'nftables', 'ipvs'] as const;
export type ProxyMode = (typeof proxyModes)[number];

/**
 * Where a mode stands in its life in one version. `gate` is the feature gate that decides whether
 * kube-proxy starts in the mode at all; `gateDefault` what it is without a word in the configuration.
 */
export interface ModeStage {
  readonly stage: 'unknown' | 'alpha' | 'beta' | 'stable' | 'deprecated' | 'removed';
  readonly gate?: string;
  readonly gateDefault?: boolean;
}

type Row = readonly [sinceKubernetes: string, stage: ModeStage];

/**
 * Stages by mode, oldest first; each holds until the next begins.
 * Source: domain.md 1.2; KEP-3866, KEP-5343, KEP-5495.
 */
const clock: Readonly<Record<ProxyMode, readonly Row[]>> = {
  iptables: [['1.2', { stage: 'stable' }]],
  nftables: [
    ['1.29', { stage: 'alpha', gate: 'NFTablesProxyMode', gateDefault: false }],
    ['1.31', { stage: 'beta', gate: 'NFTablesProxyMode', gateDefault: true }],
    // The gate stays for three releases after 1.33 but is locked on.
    ['1.33', { stage: 'stable' }],
  ],
  ipvs: [
    ['1.11', { stage: 'stable' }],
    ['1.35', { stage: 'deprecated' }],
    ['1.37', { stage: 'deprecated', gate: 'KubeProxyIPVS', gateDefault: true }],
    ['1.40', { stage: 'deprecated', gate: 'KubeProxyIPVS', gateDefault: false }],
    ['1.43', { stage: 'removed' }],
  ],
};

/** From which version on kube-proxy chooses which mode by itself. Source: KEP-5343. */
const defaults: readonly (readonly [since: string, mode: ProxyMode])[] = [
  ['1.2', 'iptables'],
  ['1.40', 'nftables'],
];

/** Versions at which something about modes changes, for sentences. */
export const milestones = {
  defaultChanges: '1.40',
  ipvsDeprecated: '1.35',
  ipvsOffByDefault: '1.40',
  ipvsRemoved: '1.43',
  nftablesStable: '1.33',
} as const;

/** @param version  of kube-proxy, `1.36.3` */
export function stageOf(mode: ProxyMode, version: string): ModeStage {
  const rows = clock[mode].filter(([since]) => isAtLeast(version, since));
  return rows.at(-1)?.[1] ?? { stage: 'unknown' };
}

/** The mode that an empty `mode` stands for. */
export function defaultMode(version: string): ProxyMode {
  return defaults.filter(([since]) => isAtLeast(version, since)).at(-1)?.[1] ?? 'iptables';
}

/**
 * Whether kube-proxy of a version starts in a mode.
 *
 * @param featureGates  of its configuration: gate to true or false
 */
export function startsIn(
  mode: ProxyMode,
  version: string,
  featureGates: Readonly<Record<string, unknown>>,
): boolean {
  const { stage, gate, gateDefault = true } = stageOf(mode, version);
  if (stage === 'unknown' || stage === 'removed') return false;
  if (gate === undefined) return true;
  const asked = featureGates[gate];
  return typeof asked === 'boolean' ? asked : gateDefault;
}

export function isProxyMode(mode: string): mode is ProxyMode {
  return proxyModes.some((known) => known === mode);
}

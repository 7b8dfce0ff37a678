import type { ConntrackSection } from './kube-proxy.js';

const counts = { '--conntrack-max-per-core': 'maxPerCore', '--conntrack-min': 'min' } as const;
const durations = {
  '--conntrack-tcp-timeout-established': 'tcpEstablishedTimeout',
  '--conntrack-tcp-timeout-close-wait': 'tcpCloseWaitTimeout',
  '--conntrack-udp-timeout': 'udpTimeout',
  '--conntrack-udp-timeout-stream': 'udpStreamTimeout',
} as const;

/** kube-proxy's flags as the section that they stand for, when it has no configuration file. */
export function sectionOfFlags(words: readonly string[]): ConntrackSection {
  const section: ConntrackSection = {};
  for (const [at, word] of words.entries()) {
    const [flag = '', ...rest] = word.split('=');
    const value = rest.length > 0 ? rest.join('=') : words[at + 1];
    if (flag in counts) section[counts[flag as keyof typeof counts]] = Number(value);
    if (flag in durations) section[durations[flag as keyof typeof durations]] = value ?? '';
    if (flag === '--conntrack-tcp-be-liberal') section['tcpBeLiberal'] = rest[0] !== 'false';
  }
  return section;
}

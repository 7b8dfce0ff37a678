import { cpus, loadavg } from 'node:os';

/** Under what a table was measured; taken before the first run. */
export function conditions(simulated: string): string {
  const { length } = cpus();
  const [load = 0] = loadavg();
  return [
    new Date().toISOString().slice(0, 16).replace('T', ' ') + ' UTC',
    `Node ${process.version}`,
    `${length} CPUs`,
    `load average ${load.toFixed(1)} at the start`,
    `simulated: ${simulated}`,
  ].join(' · ');
}

import { startSimulator } from '@fairlead/simulator';

/** Simulated clusters in a process of their own; told to the parent as `{ name, kubeconfig }`. */
const count = Number(process.env['BENCH_CLUSTERS']);
const nodes = ['a', 'b', 'c'].map((name) => ({ name }));
const kubeProxy = { mode: 'nftables' as const, maxPerCore: 0, min: null };
const { clusters } = await startSimulator({
  port: 0,
  clusters: Array.from({ length: count }, (_, index) => ({ name: `c${index}`, nodes, kubeProxy })),
});
const told = clusters.map(({ name, kubeconfig }) => ({ name, kubeconfig }));
process.stdout.write(`${JSON.stringify(told)}\n`);

/**
 * Requests that a job cannot do without, by kind; README.md argues for each.
 *
 * @param nodes    that the job writes to and probes
 * @param changes  of its plan
 */
export function leastRequests(nodes: number, changes: number): ReadonlyMap<string, number> {
  return new Map([
    ['GET /version', 1],
    ['GET namespaces kube-system', 1 + changes],
    ['POST leases', 1],
    ['DELETE leases', 1],
    ['GET nodes', 1],
    ['GET daemonsets', 1],
    ['GET configmaps kube-proxy', 1],
    ['GET jobs', 1],
    ['POST jobs', 2 * nodes],
    ['GET pods (watch)', 2],
    ['attach', 2 * nodes],
    ['POST services', nodes],
    ['GET services kube-dns', 1],
    ['DELETE jobs', 1],
    ['GET pods', 1],
  ]);
}

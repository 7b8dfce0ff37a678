/**
 * A name that only a node's own DNS cache of ours answers, so that a lookup tells who gave the answer:
 * through CoreDNS it does not exist. `.internal` is reserved for such uses and never delegated.
 */
export const nodeCacheName = 'answered-here.node-local-dns.fairlead.internal';

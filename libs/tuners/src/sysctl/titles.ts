import type { SysctlKey } from './catalogue.js';

/** What each key decides, in a few words. */
export const titles: Readonly<Record<SysctlKey, string>> = {
  'net.core.busy_poll': 'time for which poll and select spin for packets',
  'net.core.busy_read': 'time for which a read spins for packets',
  'net.core.default_qdisc': 'queueing discipline of devices made from now on',
  'net.core.netdev_budget': 'packets that one poll cycle of a card takes, at most',
  'net.core.netdev_budget_usecs': 'time that one poll cycle of a card takes, at most',
  'net.core.netdev_max_backlog': 'packets that wait for a CPU: loopback, veth, tunnels',
  'net.core.optmem_max': 'ancillary memory of a socket, at most',
  'net.core.rmem_default': 'receive buffer with which a socket other than TCP starts',
  'net.core.rmem_max': 'receive buffer that a program may ask for, at most',
  'net.core.somaxconn': 'connections that wait for accept(), at most',
  'net.core.wmem_default': 'send buffer with which a socket other than TCP starts',
  'net.core.wmem_max': 'send buffer that a program may ask for, at most',
  'net.ipv4.ip_local_port_range': 'ports that outgoing connections are given',
  'net.ipv4.ip_local_reserved_ports': 'ports that outgoing connections are not given',
  'net.ipv4.neigh.default.gc_thresh1': 'neighbours below which nothing is collected',
  'net.ipv4.neigh.default.gc_thresh2': 'neighbours above which old ones are collected',
  'net.ipv4.neigh.default.gc_thresh3': 'neighbours at most; above it packets are dropped',
  'net.ipv4.tcp_congestion_control': 'how fast a TCP sender goes, and when it slows down',
  'net.ipv4.tcp_ecn': 'marks of congestion instead of losses',
  'net.ipv4.tcp_fin_timeout': 'time for which an orphaned socket waits in FIN-WAIT-2',
  'net.ipv4.tcp_keepalive_intvl': 'time between two keep-alive probes',
  'net.ipv4.tcp_keepalive_probes': 'unanswered keep-alive probes after which a connection ends',
  'net.ipv4.tcp_keepalive_time': 'idle time before the first keep-alive probe',
  'net.ipv4.tcp_max_orphans': 'sockets without a program, at most',
  'net.ipv4.tcp_max_syn_backlog': 'half-open connections of a listening socket, at most',
  'net.ipv4.tcp_mtu_probing': 'TCP’s own search for the MTU of a path',
  'net.ipv4.tcp_notsent_lowat': 'unsent bytes of a socket above which it is not writable',
  'net.ipv4.tcp_rmem': 'receive buffer of a TCP socket: smallest, initial, largest',
  'net.ipv4.tcp_slow_start_after_idle': 'a slow start again after a pause',
  'net.ipv4.tcp_syncookies': 'cookies instead of a queue for SYNs that overflow it',
  'net.ipv4.tcp_tw_reuse': 'outgoing connections that take over a port in TIME-WAIT',
  'net.ipv4.tcp_wmem': 'send buffer of a TCP socket: smallest, initial, largest',
};

/** Kernels that brought keys which older ones of supported distributions lacked. */
export const sinceKernel: Readonly<Partial<Record<SysctlKey, string>>> = {
  'net.core.busy_poll': '3.11',
  'net.core.busy_read': '3.11',
  'net.core.default_qdisc': '3.12',
  'net.core.netdev_budget_usecs': '4.12',
  'net.ipv4.tcp_notsent_lowat': '3.12',
};

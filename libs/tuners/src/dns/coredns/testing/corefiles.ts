const kubeadm = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
`;

/** As clusters have them, and with what a planner has to cope with. */
export const corefiles = {
  kubeadm,
  bare: '.:53 {\n  kubernetes cluster.local\n  forward . 10.0.0.1\n}\n',
  'without reload': kubeadm.replace('    reload\n', ''),
  'with an unknown plugin': kubeadm.replace(
    '    loop\n',
    '    oddplugin a "b c" {\n      d # e\n    }\n',
  ),
  'with another zone': `example.org:53 {\n    health\n    ready\n    forward . 10.0.0.2\n}\n${kubeadm
    .replace('    ready\n', '')
    .replace(/ {4}health \{[^}]*\}\n/, '')}`,
  'with an import': kubeadm.replace('    loop\n', '    import custom/*.override\n'),
  'without forward': kubeadm.replace(/ {4}forward \. [^}]*\}\n/, ''),
  unreadable: '.:53 {\n  kubernetes cluster.local {\n',
  'without a cluster': '. {\n    forward . 10.0.0.1\n}\n',
} as const;

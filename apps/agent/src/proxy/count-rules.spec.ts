import { describe, expect, it } from 'vitest';
import { connectionCounter } from './connections.js';
import { iptablesCounter, nftCounter } from './count-rules.js';
import { ipvsSupport } from './ipvs-support.js';
import { countVirtualServers } from './read-rules.js';

function counted<T>(counter: { take(line: string): void; total(): T }, text: string): T {
  for (const line of text.split('\n')) counter.take(line);
  return counter.total();
}

describe('iptablesCounter', () => {
  it("counts kube-proxy's chains and rules, not the kubelet's or the CNI's", () => {
    const text = `*nat
:PREROUTING ACCEPT [0:0]
:FLANNEL-POSTRTG - [0:0]
:KUBE-KUBELET-CANARY - [0:0]
:KUBE-PROXY-CANARY - [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-SVC-NPX46M4PTMTKRN6Y - [0:0]
:KUBE-SEP-TAKYYHRSLBXFT6R6 - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A FLANNEL-POSTRTG -s 10.244.0.0/16 -j RETURN
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m tcp --dport 443 -j KUBE-SVC-NPX46M4PTMTKRN6Y
-A KUBE-SVC-NPX46M4PTMTKRN6Y -j KUBE-SEP-TAKYYHRSLBXFT6R6
-A KUBE-SEP-TAKYYHRSLBXFT6R6 -p tcp -m tcp -j DNAT --to-destination 10.77.0.1:6443
COMMIT
*filter
:KUBE-FIREWALL - [0:0]
:KUBE-FORWARD - [0:0]
-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -j DROP
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
COMMIT`;

    expect(counted(iptablesCounter(), text)).toEqual({ chains: 6, rules: 4, services: 1 });
  });

  it('counts nothing where only the shared chains stayed', () => {
    const text = ':KUBE-MARK-MASQ - [0:0]\n:KUBE-PROXY-CANARY - [0:0]\n-A KUBE-MARK-MASQ -j MARK';

    expect(counted(iptablesCounter(), text)).toEqual({ chains: 0, rules: 0, services: 0 });
  });
});

describe('nftCounter', () => {
  it('counts rules in chains and elements of maps', () => {
    const text = `table ip kube-proxy {
	comment "rules for kube-proxy"
	set cluster-ips {
		type ipv4_addr
		comment "Active ClusterIPs"
		elements = { 10.96.0.1, 10.96.0.10 }
	}
	map service-ips {
		type ipv4_addr . inet_proto . inet_service : verdict
		elements = { 10.96.0.1 . tcp . 443 comment "default/kubernetes:https" : goto service-2QRHZV4L,
			     10.96.0.10 . udp . 53 comment "a, b" : goto service-NWBZK7IH }
	}
	chain filter-prerouting {
		comment "first"
		type filter hook prerouting priority dstnat - 10; policy accept;
		ct state new jump firewall-check
	}
	chain service-2QRHZV4L {
		ip daddr 10.96.0.1 tcp dport 443 ip saddr != 10.244.0.0/16 jump mark-for-masquerade
		numgen random mod 1 vmap { 0 : goto endpoint-5OJB2KTY }
	}
}`;

    expect(counted(nftCounter(), text)).toBe(7);
  });
});

describe('countVirtualServers', () => {
  it('counts servers, not the heading or their backends', () => {
    const text = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  0A600001:01BB rr
  -> 0A4D0001:192B      Masq    1      0          0
UDP  0A60000A:0035 rr
`;
    expect(countVirtualServers(text)).toBe(2);
    expect(countVirtualServers('')).toBe(0);
  });
});

describe('connectionCounter', () => {
  it('counts established connections and those to a NodePort on localhost', () => {
    const text = `tcp      6 86397 ESTABLISHED src=10.244.1.5 dst=10.96.0.1 sport=55044 dport=443 src=10.77.0.1 dst=10.244.1.5 sport=6443 dport=55044 [ASSURED] mark=0 use=1
tcp      6 117 TIME_WAIT src=10.244.1.5 dst=10.96.0.1 sport=55050 dport=443 src=10.77.0.1 dst=10.244.1.5 sport=6443 dport=55050 [ASSURED] mark=0 use=1
tcp      6 86397 ESTABLISHED src=127.0.0.1 dst=127.0.0.1 sport=40022 dport=30500 src=10.244.1.9 dst=10.77.0.2 sport=5000 dport=40022 [ASSURED] mark=0 use=1`;

    expect(counted(connectionCounter(), text)).toEqual({ localhostNodePorts: 1, established: 2 });
  });
});

describe('ipvsSupport', () => {
  const whole = ['ip_vs', 'ip_set', 'ip_set_hash_ipport', 'dummy'];

  it('takes parts that are loaded and parts that could be', () => {
    const parts = {
      loaded: new Set(whole),
      loadable: new Set(['ip_vs_rr', 'ip_vs_lc', 'ip_vs_ftp']),
    };

    expect(ipvsSupport(parts)).toMatchObject({ usable: true, schedulers: ['lc', 'rr'] });
  });

  it('names all that is missing', () => {
    const parts = { loaded: new Set(['dummy', 'ip_set']), loadable: new Set<string>() };

    expect(ipvsSupport(parts)).toEqual({
      usable: false,
      schedulers: [],
      why: 'The kernel has no ip_vs (IPVS itself), no ip_set_hash_ipport (the ipset type hash:ip,port), no ip_vs_rr (any scheduler).',
    });
  });
});

/** A kube-proxy configuration as kubeadm writes one, with a person's comments and quoting in it. */
export const kubeProxyConfig = `# managed with kubeadm
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
bindAddress: 0.0.0.0
clientConnection:
  acceptContentTypes: ""
  burst: 0
  kubeconfig: /var/lib/kube-proxy/kubeconfig.conf
clusterCIDR: 10.244.0.0/16   # from kubeadm-config
conntrack:
  # sized for 64 cores
  maxPerCore: 0
  min: null
  tcpBeLiberal: false
  tcpCloseWaitTimeout: ~
  tcpEstablishedTimeout:

  udpTimeout: 0s
featureGates: {NFTablesProxyMode: true, 'Other': false}
hostnameOverride: ''
ipvs:
  excludeCIDRs:
  - 10.0.0.0/8  # office
  - "192.168.0.0/16"
  scheduler: ""
mode: "iptables"
nodePortAddresses: null
# the end`;

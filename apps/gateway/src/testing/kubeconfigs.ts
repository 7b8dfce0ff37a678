/** A DER SEQUENCE of nothing: enough of a certificate for a parser that does not look inside. */
const emptyDer = Buffer.from([0x30, 0x00]).toString('base64');

function pem(label: string): string {
  const text = `-----BEGIN ${label}-----\n${emptyDer}\n-----END ${label}-----\n`;
  return Buffer.from(text).toString('base64');
}

/** A kubeconfig that the firewall lets in. Its secret is recognisable, so that tests can look for it. */
export function aKubeconfig(
  server = 'https://10.0.0.10:6443',
  token = 'planted-secret-token',
): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'c', cluster: { server, 'certificate-authority-data': pem('CERTIFICATE') } },
    ],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  });
}

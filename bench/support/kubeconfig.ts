/** A kubeconfig of a cluster that nobody contacts, with enough of a certificate for the parser. */
export function someKubeconfig(): string {
  const pem = `-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n`;
  const authority = Buffer.from(pem).toString('base64');
  const server = 'https://10.0.0.10:6443';
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority-data': authority } }],
    users: [{ name: 'u', user: { token: 'of-nobody' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  });
}

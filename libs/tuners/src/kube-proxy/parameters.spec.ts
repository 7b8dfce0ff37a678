import { expect, it } from 'vitest';
import { proxyFieldNames } from './fields.js';
import { kubeProxyParameters } from './parameters.js';

it('owns the mode and every field that the settings can set', () => {
  const names = kubeProxyParameters.map(({ name }) => name);

  expect(names.toSorted()).toEqual(
    ['mode', ...proxyFieldNames].map((name) => `kube-proxy.${name}`).toSorted(),
  );
});

import type { OwnedParameter } from '@fairlead/core';
import { kubeProxyParameters as known } from '../catalogue/known/kube-proxy.js';
import { proxyFieldNames } from './fields.js';

const own = new Set(['mode', ...proxyFieldNames].map((name) => `kube-proxy.${name}`));

/** Of kube-proxy's fields those that the settings name; one configuration holds them for all nodes. */
export const kubeProxyParameters: readonly OwnedParameter[] = known
  .filter(({ name }) => own.has(name))
  .map((parameter) => ({ ...parameter, scope: 'cluster' }));

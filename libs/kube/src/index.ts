export {
  addressRules,
  type AddressPolicy,
  type AddressRules,
} from './connection/address-policy.js';
export { type Lookup } from './connection/guarded-connect.js';
export { type ConnectionStats } from './connection/traffic.js';
export {
  checkCluster,
  createConnector,
  type ClusterCheck,
  type ConnectorOptions,
  type KubeConnector,
  type StoredCredentials,
} from './connector.js';
export { type KubeCluster } from './engine-cluster.js';
export { editText, parseText } from './edits/document-text.js';
export { type DocumentFormat } from './edits/edit-refusals.js';
export { readEdits } from './edits/read-edits.js';
export { baseRules, baseRulesIn } from './facts/base-rules.js';
export { caSha256 } from './objects/identity.js';

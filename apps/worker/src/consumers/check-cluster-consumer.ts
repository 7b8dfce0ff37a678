import { checkAndRecord, type CheckPorts } from './cluster-check.js';

export function checkClusterConsumer(ports: CheckPorts) {
  return async (clusterId: string, signal: AbortSignal): Promise<void> => {
    await checkAndRecord(clusterId, ports, signal);
  };
}

export { Faults, SimulatedClusterConfig, SimulatedNode, SimulatorOptions } from './config.js';
export { startSimulator, type RunningCluster, type Simulator } from './simulator.js';

export { Env, parseEnv } from './env.js';
export { foldersIn, type Folders } from './folders.js';
export { runStandalone, type StandaloneOptions } from './run-standalone.js';

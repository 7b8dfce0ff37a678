import type { Calls } from './call/calls.js';
import type { Logger } from './log.js';
import type { Store } from '@fairlead/store';

/** What both transports need, made once by startGateway. */
export interface GatewayParts {
  readonly calls: Calls;
  readonly store: Store;
  readonly log: Logger;
  readonly listenAddress: string;
  readonly grpcPort: number;
  readonly maxRequestBytes: number;
  readonly heartbeatMilliseconds: number;
  readonly slowReaderMilliseconds: number;
  /** Aborted first of all when the gateway stops: ends every stream. */
  readonly stopping: AbortSignal;
  readonly version: string;
}

export const GATEWAY_PARTS = Symbol('GatewayParts');

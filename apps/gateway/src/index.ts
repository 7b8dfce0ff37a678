export { Env } from './env.js';
export { startGateway, type Gateway, type GatewayDeps } from './gateway.js';
export {
  GrpcCallFailed,
  openGrpcClient,
  type GrpcClient,
  type GrpcOptions,
} from './grpc/client.js';

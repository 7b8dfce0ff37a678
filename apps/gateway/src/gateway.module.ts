import { Module, type DynamicModule } from '@nestjs/common';
import { GATEWAY_PARTS, type GatewayParts } from './gateway-parts.js';
import { RestTransport } from './rest/rest-transport.js';

@Module({})
export class GatewayModule {
  static with(parts: GatewayParts): DynamicModule {
    return {
      module: GatewayModule,
      providers: [{ provide: GATEWAY_PARTS, useValue: parts }, RestTransport],
    };
  }
}

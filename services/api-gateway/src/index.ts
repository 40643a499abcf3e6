export { type GatewayConfig, gatewayOptions } from './config.ts'
export { type ApiGateway, type ApiGatewayContext, startApiGateway } from './service.ts'

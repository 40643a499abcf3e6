export type { Clock } from './clock.ts'
export { type CallerEnv, callerOf, requireCaller } from './http/caller.ts'
export type { Contract } from './http/contract.ts'
export { errorBodyOf, errorResponse, toResponse } from './http/error-response.ts'
export {
  type HttpServer,
  type HttpServerOptions,
  openHttpServer,
  type RequestFacts,
} from './http/http-server.ts'
export { type OpenApiPaths, openApiDocument, openApiPaths } from './http/openapi.ts'
export { readBytes, readJson } from './http/read-body.ts'
export { respond } from './http/respond.ts'
export { type Ask, type HttpAppOptions, httpApp, type Route, route } from './http/route.ts'
export { jsonLog, type LogLevel } from './json-log.ts'
export type { Log, LogFields } from './log.ts'
export { MetricRegistry } from './metric-registry.ts'
export type {
  Counter,
  Gauge,
  Histogram,
  HistogramOptions,
  MetricOptions,
  Metrics,
} from './metrics.ts'
export { type OpsServerOptions, openOpsServer } from './ops-server.ts'
export { optionsAsExample, optionsAsHelp, optionsAsMarkdown } from './options/describe-options.ts'
export {
  defaultsOf,
  environmentName,
  flagName,
  type Option,
  type OptionTable,
  type ValuesOf,
} from './options/option.ts'
export {
  type OptionFault,
  type OptionSources,
  type OptionsRead,
  type ReadOption,
  readOptions,
  type ValuesOfTables,
} from './options/read-options.ts'
export type { RandomSource } from './random.ts'
export {
  decodeRevocationNotice,
  encodeRevocationNotice,
  type Revocation,
  RevocationList,
  type RevocationListOptions,
  type RevocationNotice,
  revocationHeartbeatMs,
  revocationsChannel,
} from './revocation-list.ts'
export { type Role, type RoleStart, type RunningRoles, startRoles } from './roles.ts'
export type { Caller, Report, Service, ServiceFetch } from './service.ts'
export { StartError } from './start-error.ts'
export { systemClock } from './system-clock.ts'
export { watchProcess } from './system-process-metrics.ts'
export { systemRandom } from './system-random.ts'
export {
  createTokenVerifier,
  type TokenVerifierOptions,
  tokenAlgorithm,
  tokenAudience,
  tokenIssuer,
  tokenType,
  type VerifiedToken,
  type VerifyToken,
} from './token-verifier.ts'

export type { Clock } from './clock.ts'
export { type CallerEnv, callerOf, requireCaller } from './http/caller.ts'
export type { Contract } from './http/contract.ts'
export { errorResponse, toResponse } from './http/error-response.ts'
export { type OpenApiPaths, openApiDocument, openApiPaths } from './http/openapi.ts'
export { readBytes, readJson } from './http/read-body.ts'
export { respond } from './http/respond.ts'
export { type Ask, type HttpAppOptions, httpApp, type Route, route } from './http/route.ts'
export type { Log, LogFields } from './log.ts'
export type {
  Counter,
  Gauge,
  Histogram,
  HistogramOptions,
  MetricOptions,
  Metrics,
} from './metrics.ts'
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
export type { Caller, Report, Service, ServiceFetch } from './service.ts'
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

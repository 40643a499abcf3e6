export type { BlobStore } from './blob-store/blob-store.ts'
export type { Bus } from './bus/bus.ts'
export {
  type EmbeddedEngines,
  type EmbeddedEnginesOptions,
  openEmbeddedEngines,
} from './embedded-engines.ts'
export type {
  EphemeralStore,
  TokenBucket,
  TokenVerdict,
} from './ephemeral-store/ephemeral-store.ts'
export type {
  ConsumeOptions,
  EventLog,
  LogPartition,
  LogRecord,
  NewLogRecord,
  Topic,
} from './event-log/event-log.ts'
export type { Session, SessionRegistry } from './session-registry/session-registry.ts'
export { isUniqueViolation, type Migrations, type SqlEngine } from './sql/sql.ts'
export { SqliteFile, type SqlRow, type SqlValue, type SqlWrite } from './sqlite/sqlite-file.ts'

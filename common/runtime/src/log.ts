/**
 * One JSON line per event. Fields come from this closed list and nothing else compiles: no names,
 * texts, tokens, addresses or file names. Ids are hashed with a daily key by the implementation.
 */
export interface LogFields {
  readonly error?: unknown
  readonly code?: string
  readonly user?: string
  readonly device?: string
  readonly conversation?: string
  readonly connection?: string
  readonly topic?: string
  readonly partition?: number
  readonly offset?: number
  readonly role?: string
  readonly route?: string
  readonly status?: number
  readonly durationMs?: number
  readonly count?: number
  readonly closeCode?: number
  readonly requestId?: string
  readonly reason?: string
  readonly port?: number
  readonly version?: string
}

export interface Log {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  /** Someone will look this week. */
  warn(event: string, fields?: LogFields): void
  /** A runbook exists. */
  error(event: string, fields?: LogFields): void
}

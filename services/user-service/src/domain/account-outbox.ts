import type { AccountEvent } from '@parley/protocol'

/** An account event that is not known to be on the log yet. */
export interface OutboxEntry {
  readonly id: string
  readonly event: AccountEvent
}

/**
 * Account events between the step that caused them, which writes them too, and the event log. An
 * entry is forgotten after it was appended, so a crash may append it twice. Errors: `unavailable`.
 */
export interface AccountOutbox {
  /** Oldest first. */
  list(rowsMax: number): Promise<readonly OutboxEntry[]>
  forget(ids: readonly string[]): Promise<void>
}

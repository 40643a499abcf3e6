import type { Report } from '@parley/runtime'
import { type AuditAction, type AuditLog, addressPrefix } from '../domain/audit-log.ts'

export interface Audited {
  readonly action: AuditAction
  readonly actor?: string
  readonly session?: string
  readonly target?: string
  readonly address: string
}

/** Notes what was done. What was done stays done when the note fails: that is reported. */
export type Audit = (entry: Audited) => Promise<void>

export function auditing(log: AuditLog, nowMs: () => number, report: Report): Audit {
  return async ({ action, actor = '', session = '', target = '', address }) => {
    try {
      const prefix = addressPrefix(address)
      await log.append({ atMs: nowMs(), action, actor, session, target, addressPrefix: prefix })
    } catch (cause) {
      report(new Error(`the audit log did not take ${action}`, { cause }))
    }
  }
}

/** What the audit log tells apart. The list is closed. */
export type AuditAction =
  | 'sign-up'
  | 'sign-in'
  | 'sign-in-failed'
  | 'sign-out'
  | 'refresh-token-reused'
  | 'device-approved'
  | 'device-revoked'
  | 'account-key-set'

export interface AuditEntry {
  readonly atMs: number
  readonly action: AuditAction
  /** User and device that did it; empty when nobody was signed in. */
  readonly actor: string
  readonly session: string
  /** The device or user that it was done to. */
  readonly target: string
  /** An IPv4 network of 24 bits, or an IPv6 network of 48. */
  readonly addressPrefix: string
}

/**
 * Who did what to accounts. Entries are added, never changed; each carries the SHA-256 of the one
 * before it and of itself, so that a change in the middle is seen.
 *
 * - Order. By number, as they were appended; entries of several processes form one chain.
 * - Errors. `unavailable`.
 */
export interface AuditLog {
  append(entry: AuditEntry): Promise<void>
  /** Number of the first entry that does not fit the chain; undefined when all do. */
  firstBrokenEntry(): Promise<number | undefined>
}

/** `203.0.113.77` -> `203.0.113.0/24`, `2001:db8:1:2::3` -> `2001:db8:1::/48`. */
export function addressPrefix(address: string): string {
  const v4 = /^(?:::ffff:)?(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/i.exec(address)
  if (v4?.[1] !== undefined) return `${v4[1]}.0/24`
  if (!/^[0-9a-f:]+$/i.test(address) || !address.includes(':')) return 'unknown'
  const [head = '', tail] = address.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after]
  return `${groups.slice(0, 3).join(':').toLowerCase()}::/48`
}

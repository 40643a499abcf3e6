import type { chatRoutes, UserId } from '@parley/protocol'
import type { ConversationRecord } from '../state/records.ts'

/** A conversation as the server shows it to a member. */
export type ConversationState = ReturnType<typeof chatRoutes.readConversation.answer.parse>

/** The record after the server has said how the conversation is now. */
export function withState(
  record: ConversationRecord,
  now: ConversationState,
  own: UserId,
): ConversationRecord {
  const current = now.members.filter(({ toSeq }) => toSeq === null)
  const mine = now.members.filter(({ user }) => user === own).at(-1)
  const interval =
    mine === undefined
      ? {}
      : { fromSeq: mine.fromSeq, toSeq: mine.toSeq, role: mine.role, changedSeq: mine.changedSeq }
  const standing = mine?.toSeq === null ? standingOf(record, record.joinSeq) : 'removed'
  return {
    ...record,
    ...interval,
    kind: now.kind,
    isEncrypted: now.encryption === 'mls',
    suite: now.suite,
    logSeq: now.seq,
    headSeq: Math.max(record.headSeq, mine?.toSeq ?? now.seq),
    members: current.map(({ user, role, fromSeq, changedSeq }) => ({
      user,
      role,
      fromSeq,
      changedSeq,
    })),
    devices: now.devices,
    pendingRemovals: now.pendingRemovals,
    accepted: Math.max(record.accepted, now.accepted),
    standing: record.standing === 'left' && standing === 'removed' ? 'left' : standing,
  }
}

/** Whether this device takes part, once the log has said that its user does. */
export function standingOf({ standing }: ConversationRecord, joinSeq: number | null) {
  if (standing === 'left' || standing === 'removed') return standing
  return joinSeq === null ? 'joining' : 'member'
}

import type {
  CommitCommand,
  ConversationId,
  ConversationKind,
  CreateCommand,
  Message,
  UserId,
} from '@parley/protocol'
import type { ConversationRecord, MemberRecord } from '../state/records.ts'

/** A conversation of which nothing is known yet. */
export function newConversation(id: ConversationId, kind: ConversationKind): ConversationRecord {
  return {
    id,
    kind,
    isEncrypted: true,
    suite: 0,
    standing: 'joining',
    role: 'member',
    fromSeq: 0,
    toSeq: null,
    changedSeq: 0,
    appliedSeq: 0,
    headSeq: 0,
    storedFromSeq: 1,
    joinSeq: null,
    counted: 0,
    readSeq: 0,
    readCounted: 0,
    lastActivityMs: 0,
    logSeq: 0,
    members: [],
    devices: [],
    pendingRemovals: [],
    untrusted: [],
    accepted: 0,
    title: null,
    last: null,
    wishes: [],
    isForked: false,
  }
}

/** The `seq` of the last change of the user's own membership or role. */
export const standingSeqOf = ({ changedSeq }: ConversationRecord): number => changedSeq

/**
 * What a message changes of the conversation itself: who is in it, as whom, with which devices. The
 * same as the server's rules do; it ignores what is known already.
 */
export function withLogChange(
  record: ConversationRecord,
  message: Message,
  own: UserId,
): ConversationRecord {
  if (message.seq <= record.logSeq) return record
  const changed = { ...record, ...logChange(record, message), logSeq: message.seq }
  return { ...changed, ...ownInterval(changed, message, own) }
}

function logChange(
  record: ConversationRecord,
  { command, sender, seq }: Message,
): Partial<ConversationRecord> {
  switch (command.kind) {
    case 'create':
      return created(command, sender, seq)
    case 'commit':
      return committed(record, command, seq)
    case 'leave': {
      const own = record.devices.filter(({ user }) => user === sender)
      const pending = own.map(({ device }) => device)
      return {
        members: succeeded(
          record.members.filter(({ user }) => user !== sender),
          seq,
        ),
        pendingRemovals: [...new Set([...record.pendingRemovals, ...pending])],
      }
    }
    case 'set-role': {
      const { user, role } = command
      return {
        members: record.members.map((each) =>
          each.user === user ? { ...each, role, changedSeq: seq } : each,
        ),
      }
    }
    case 'system':
      return command.device === undefined
        ? {}
        : { pendingRemovals: [...new Set([...record.pendingRemovals, command.device])] }
    default:
      return {}
  }
}

function created(command: CreateCommand, sender: UserId, seq: number): Partial<ConversationRecord> {
  const role = command.conversationKind === 'direct' ? 'owner' : 'member'
  const others = command.members.map(
    (user): MemberRecord => ({ user, role, fromSeq: seq, changedSeq: seq }),
  )
  return {
    kind: command.conversationKind,
    isEncrypted: command.encryption === 'mls',
    suite: command.suite,
    members: [{ user: sender, role: 'owner', fromSeq: seq, changedSeq: seq }, ...others],
    devices: command.devices,
    pendingRemovals: [],
  }
}

function committed(
  { members, devices, pendingRemovals }: ConversationRecord,
  { addUsers, removeUsers, addDevices, removeDevices }: CommitCommand,
  seq: number,
): Partial<ConversationRecord> {
  const stay = members.filter(({ user }) => !removeUsers.includes(user))
  const fresh = addUsers.filter((user) => !stay.some((member) => member.user === user))
  return {
    members: [
      ...stay,
      ...fresh.map(
        (user): MemberRecord => ({ user, role: 'member', fromSeq: seq, changedSeq: seq }),
      ),
    ],
    devices: [...devices.filter(({ device }) => !removeDevices.includes(device)), ...addDevices],
    pendingRemovals: pendingRemovals.filter((device) => !removeDevices.includes(device)),
  }
}

function ownInterval(
  record: ConversationRecord,
  { command, sender, seq }: Message,
  own: UserId,
): Partial<ConversationRecord> {
  const membership = record.members.find(({ user }) => user === own)
  if (membership !== undefined) {
    const { fromSeq, role, changedSeq } = membership
    return {
      fromSeq,
      toSeq: null,
      changedSeq,
      role,
      standing: record.joinSeq === null ? 'joining' : 'member',
    }
  }
  if (record.standing === 'left' || record.standing === 'removed') return {}
  const hasLeft = command.kind === 'leave' && sender === own
  return { toSeq: seq, changedSeq: seq, standing: hasLeft ? 'left' : 'removed' }
}

/** A group is never without an owner: the admin, else the member, who has been there longest. */
function succeeded(members: readonly MemberRecord[], seq: number): readonly MemberRecord[] {
  if (members.some(({ role }) => role === 'owner')) return members
  const admins = members.filter(({ role }) => role === 'admin')
  const [heir] = (admins.length > 0 ? admins : members).toSorted(
    (a, b) => a.fromSeq - b.fromSeq || (a.user < b.user ? -1 : 1),
  )
  return members.map((member) =>
    member === heir ? { ...member, role: 'owner', changedSeq: seq } : member,
  )
}

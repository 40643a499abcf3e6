import {
  type ConversationId,
  decodeMessage,
  rejectReasons,
  type StoredMessage,
  type UserId,
} from '@parley/protocol'
import { currentMembership, emptyConversation, evolve } from '../../src/domain/conversation.ts'
import type { ConversationEvent } from '../../src/domain/conversation-event.ts'
import type { UserLogEvent } from '../../src/domain/user-log.ts'
import type { UserLogEntry } from '../../src/domain/user-log-store.ts'
import type { SimulatedDevice } from './simulated-device.ts'

export interface History {
  readonly conversation: ConversationId
  /** What the store holds in the end, by `seq`. */
  readonly messages: readonly StoredMessage[]
  /** All that the sequencer ever published, in that order. */
  readonly published: readonly ConversationEvent[]
  readonly devices: readonly SimulatedDevice[]
}

/** Every promise to the users that this history breaks. Numbers are those of the invariants. */
export function violationsIn({ conversation, messages, published, devices }: History) {
  const violations = new Set<string>()
  const expect = (holds: boolean, violation: string) => {
    if (!holds) violations.add(violation)
  }
  const stored = new Map(messages.map((message) => [nameOf(message), message]))

  expect(stored.size === messages.length, '2 a command is stored twice')
  messages.forEach(({ seq }, index) => {
    expect(seq === index + 1, '3 seq has a hole')
  })
  for (const ofDevice of Map.groupBy(messages, ({ device }) => device).values())
    expect(isRising(ofDevice.map(({ n }) => n)), '4 the order of a sender is changed')
  const commits = messages.flatMap(({ command }) =>
    command.kind === 'commit' ? [command.epoch] : [],
  )
  expect(isRising(commits), '12 two commits in one epoch')
  for (const violation of membershipViolations(conversation, messages)) violations.add(violation)

  for (const event of published)
    switch (event.kind) {
      case 'ack':
        expect(stored.get(nameOf(event))?.seq === event.seq, '1 an acknowledged command is lost')
        break
      case 'nack':
        if (rejectReasons[event.reason].isFinal)
          expect(!stored.has(nameOf(event)), '8 a rejected command is stored')
        break
      case 'message':
        expect(isSame(event.message, messages[event.message.seq - 1]), '3 one seq has two contents')
        break
      case 'dead-letter':
        expect(false, 'a record could not be decided')
        break
      case 'welcome':
        break
    }

  for (const { person, accepted, refused, acknowledged } of devices) {
    for (let n = 1; n <= acknowledged; n += 1)
      expect(
        stored.has(`${person.device}:${n}`) || refused.has(n),
        '4 a command was passed over by a later one',
      )
    for (const [n, seq] of accepted)
      expect(
        stored.get(`${person.device}:${n}`)?.seq === seq,
        '1 what a device was told is stored is not',
      )
    for (const n of refused.keys())
      expect(!stored.has(`${person.device}:${n}`), '8 what a device was told is refused is stored')
  }
  return [...violations]
}

/** Whoever was not a member, or was gone, has no message (invariant 7). */
function membershipViolations(
  conversation: ConversationId,
  messages: readonly StoredMessage[],
): readonly string[] {
  let state = emptyConversation(conversation)
  for (const message of messages) {
    if (message.seq !== state.seq + 1) break
    const { command, sender } = message
    const isMember = currentMembership(state.memberships, sender) !== undefined
    if (command.kind !== 'create' && command.kind !== 'system' && !isMember)
      return ['7 a message of somebody who is no member']
    state = evolve(state, message)
  }
  return []
}

export interface UserHistory {
  readonly user: UserId
  readonly entries: readonly UserLogEntry[]
  readonly delivered: readonly UserLogEvent[]
  /** The messages of all conversations. */
  readonly conversations: ReadonlyMap<ConversationId, readonly StoredMessage[]>
}

/** Every promise to this user that his log breaks. */
export function userViolationsIn({ user, entries, delivered, conversations }: UserHistory) {
  const violations = new Set<string>()
  const expect = (holds: boolean, violation: string) => {
    if (!holds) violations.add(violation)
  }
  entries.forEach(({ pts }, index) => {
    expect(pts === index + 1, '5 pts has a hole')
  })
  for (const [conversation, messages] of conversations) {
    const seqs = entries.filter((entry) => entry.conversation === conversation)
    expect(
      isSame(
        seqs.map(({ seq }) => seq),
        seqsFor(user, conversation, messages),
      ),
      '6 a reader misses messages, sees foreign ones, or sees them twice or out of order',
    )
  }
  for (const event of delivered)
    if (event.kind === 'entry' && event.entry.user === user) {
      const { conversation, seq } = decodeMessage(event.message)
      const entry = entries[event.entry.pts - 1]
      expect(
        entry?.conversation === conversation && entry.seq === seq,
        '9 what was delivered is not what sync gives',
      )
    }
  return [...violations]
}

/** What there is to be read: what changed or came during a membership. */
function seqsFor(
  user: UserId,
  conversation: ConversationId,
  messages: readonly StoredMessage[],
): readonly number[] {
  const seqs: number[] = []
  let state = emptyConversation(conversation)
  for (const message of messages) {
    if (message.seq !== state.seq + 1) break
    const before = currentMembership(state.memberships, user)
    state = evolve(state, message)
    if (before ?? currentMembership(state.memberships, user)) seqs.push(message.seq)
  }
  return seqs
}

function nameOf({
  device,
  n,
  command,
}: {
  readonly device: string
  readonly n: number
  readonly command?: StoredMessage['command']
}): string {
  return command?.kind === 'system' ? `${device}:system` : `${device}:${n}`
}

function isRising(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0))
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

import {
  type Command,
  type ConversationId,
  encodeFrame,
  fromBase64Url,
  type Handshake,
  limits,
  toBase64Url,
} from '@parley/protocol'
import { ParleyError, type ParleyErrorCode } from '../parley-error.ts'
import type { Platform } from '../platform.ts'
import type { ConversationRecord, OutboxRecord, Outgoing } from '../state/records.ts'
import type { Transaction } from '../state/transaction.ts'
import type { SendFault } from '../views.ts'
import { standingSeqOf } from './log-state.ts'

const encoder = new TextEncoder()

/** With an id of its own; not in the store yet. */
export function newOutgoing(
  transaction: Transaction,
  {
    conversation,
    what,
    platform,
  }: { conversation: ConversationId; what: Outgoing; platform: Platform },
): OutboxRecord {
  return {
    conversation,
    order: transaction.nextOrder(conversation),
    id: toBase64Url(platform.random.bytes(16)),
    atMs: platform.clock.nowMs(),
    state: 'waiting',
    what,
    n: 0,
    epoch: 0,
    isReading: true,
    frame: null,
    fault: null,
  }
}

/** The entry with its number and the bytes that will be sent, once and again. */
export function numbered(
  transaction: Transaction,
  record: ConversationRecord,
  entry: OutboxRecord,
  {
    command,
    body,
    handshake,
    inFlight = [],
  }: {
    command: Command
    body: Uint8Array
    handshake?: Handshake
    inFlight?: readonly OutboxRecord[]
  },
): OutboxRecord {
  const { user, device } = transaction.own
  const prev = Math.max(record.accepted, ...inFlight.map(({ n }) => n))
  const envelope = {
    conversation: record.id,
    sender: user,
    device,
    n: prev + 1,
    prev,
    standing: command.kind === 'create' ? 0 : standingSeqOf(record),
    command,
    body,
    handshake,
  }
  const frame = toBase64Url(encodeFrame({ kind: 'send', envelope }))
  const epoch = 'epoch' in command ? command.epoch : 0
  return { ...entry, state: 'sealed', n: prev + 1, epoch, frame, fault: null }
}

/** A commit that lost: the wish behind it stays, unless the answer was a refusal for good. */
export function dropCommit(
  transaction: Transaction,
  entry: OutboxRecord,
  code?: ParleyErrorCode,
): void {
  const { conversation } = entry
  const { mls } = transaction
  transaction.dropOutgoing(entry)
  if (mls.hasGroup(conversation) && mls.group(conversation).hasPendingCommit)
    mls.clearPending(conversation)
  if (code === undefined) return
  transaction.change(conversation, { wishes: [] })
  transaction.settle(entry, new ParleyError(code))
}

export function dropCreation(
  transaction: Transaction,
  entry: OutboxRecord,
  code: ParleyErrorCode,
): void {
  const { conversation } = entry
  transaction.dropOutgoing(entry)
  const record = transaction.conversation(conversation)
  if (record?.standing !== 'creating') return
  transaction.mls.deleteGroup(conversation)
  transaction.settle(entry, new ParleyError(code))
  // The other one was quicker; what waits is sent there.
  if (code === 'already-exists') transaction.change(conversation, { standing: 'joining' })
  else transaction.forgetConversation(conversation)
}

export function refuse(transaction: Transaction, entry: OutboxRecord, code: ParleyErrorCode): void {
  transaction.dropOutgoing(entry)
  transaction.settle(entry, new ParleyError(code))
}

export function failAll(
  transaction: Transaction,
  conversation: ConversationId,
  fault: SendFault,
): void {
  for (const entry of transaction.outboxOf(conversation)) {
    if (entry.state === 'failed') continue
    if (entry.what.kind === 'text')
      transaction.setOutgoing({ ...entry, state: 'failed', n: 0, frame: null, fault })
    else refuse(transaction, entry, fault)
  }
}

export function sealPlain(
  transaction: Transaction,
  record: ConversationRecord,
  entry: OutboxRecord,
): OutboxRecord | undefined {
  const { what } = entry
  if (what.kind !== 'leave' && what.kind !== 'set-role') return undefined
  const since =
    what.kind === 'leave'
      ? 0
      : (record.members.find(({ user }) => user === what.user)?.changedSeq ?? 0)
  const command = what.kind === 'leave' ? what : { ...what, since }
  return numbered(transaction, record, entry, { command, body: new Uint8Array() })
}

export function contentOf({ id, what, atMs }: OutboxRecord) {
  const common = { id: fromBase64Url(id), ref: 0, sentAtMs: atMs }
  if (what.kind === 'text')
    return { ...common, kind: 'text', body: encoder.encode(what.text) } as const
  if (what.kind === 'group-info') {
    const body = encoder.encode(JSON.stringify({ title: what.title }))
    return { ...common, kind: 'group-info', body } as const
  }
  throw new ParleyError('internal', `${what.kind} is not sealed as a message`)
}

export function isSend({ what }: OutboxRecord): boolean {
  return what.kind === 'text' || what.kind === 'group-info'
}

export function isCaughtUp({ appliedSeq, headSeq }: ConversationRecord): boolean {
  return appliedSeq >= headSeq
}

export function faultOf(reason: ParleyErrorCode): SendFault {
  if (reason === 'not-a-member' || reason === 'not-allowed' || reason === 'full') return reason
  return reason === 'unknown-conversation' ? 'not-a-member' : 'internal'
}

export const isTooLong = (text: string): boolean =>
  encoder.encode(text).length > limits.textBytesMax

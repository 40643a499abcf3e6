import type { LogPartition, LogRecord } from '@parley/engines'
import {
  ChatError,
  type CommandRecord,
  type ConversationId,
  decodeCommandEnvelope,
  isConversationId,
  type StoredMessage,
} from '@parley/protocol'
import { type Conversation, evolve } from '../domain/conversation.ts'
import type { ConversationEvent } from '../domain/conversation-event.ts'
import { encodeSnapshot } from '../domain/conversation-snapshot.ts'
import type { MessageRows } from '../domain/message-store.ts'
import { recover } from '../domain/recovery.ts'
import { rulesOfEdition } from '../domain/rules.ts'
import { decide, refuse } from '../domain/sequencer.ts'
import type { EventSink } from '../state-machine/event-sink.ts'
import { PartitionOwner } from '../state-machine/partition-owner.ts'
import type { StateMachine } from '../state-machine/state-machine.ts'
import type { StateStore } from '../state-machine/state-store.ts'

/** The consumer of topic `commands`: gives every message its place in its conversation. */
export function commandsConsumer({
  log,
  messages,
  events,
}: {
  readonly log: LogPartition
  readonly messages: MessageRows
  readonly events: EventSink<ConversationEvent>
}): PartitionOwner<Conversation, StoredMessage, ConversationEvent> {
  const store = conversationStore(messages)
  return new PartitionOwner({ machine: sequencer, log, store, sink: events })
}

export const sequencer: StateMachine<Conversation, StoredMessage, ConversationEvent> = {
  decide: (state, record) => decide(state, toCommand(record)),
  evolve,
  positionOf: ({ source }) => source,
  identify: ({ device, n, command }) => `${device}:${n}:${command.kind}`,
  poisoned(state, record) {
    const { key, position: source, value } = record
    const deadLetter = { kind: 'dead-letter', key, source, value } as const
    try {
      return [deadLetter, refuse(state, toCommand(record))]
    } catch {
      return [deadLetter] // It does not even say who sent it.
    }
  },
}

export function conversationStore(messages: MessageRows): StateStore<Conversation, StoredMessage> {
  return {
    // A key that is no id has no messages, and its records are refused when they are decoded.
    load: (key) => recover(messages, key as ConversationId),
    append: (rows) => messages.append(rows),
    saveSnapshot: (_, state) =>
      messages.saveSnapshot(state.id, { seq: state.seq, text: encodeSnapshot(state) }),
  }
}

function toCommand({ key, position, timestampMs, rules, value }: LogRecord): CommandRecord {
  // First of all: what an unknown edition holds may look broken to a program that is too old.
  rulesOfEdition(rules)
  const envelope = decodeCommandEnvelope(value)
  if (envelope.conversation !== key || !isConversationId(key))
    throw new ChatError('bad-request', 'sent under another key')
  return { ...envelope, position, timestampMs, rules }
}

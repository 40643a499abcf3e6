import type { ConversationId, UserId } from '@parley/protocol'
import type { LocalState } from '../state/local-state.ts'
import type {
  ConversationRecord,
  MarkRecord,
  MessageRecord,
  OutboxRecord,
  StoredContent,
} from '../state/records.ts'
import type { Account, Content, Conversation, Message, MessageState, Person } from '../views.ts'
import { personOf, stranger } from './directory.ts'
import { showsReceipts } from './marks.ts'

/** What is stored, as programs see it. */
export class ViewOf {
  readonly #state: LocalState
  readonly #isOnline: () => boolean

  constructor(state: LocalState, isOnline: () => boolean) {
    this.#state = state
    this.#isOnline = isOnline
  }

  account(endedBy: 'revoked' | 'expired' | 'copied' | undefined): Account {
    const { account } = this.#state
    if (account === undefined || account.isExpired) {
      const reason = endedBy ?? (account?.isExpired === true ? 'expired' : undefined)
      return reason === undefined ? { kind: 'signed-out' } : { kind: 'signed-out', reason }
    }
    const { user, name, displayName, device, setup } = account
    const isIn = setup === 'ready' || setup === 'packages' || account.accountSeed !== null
    return {
      kind: 'signed-in',
      user,
      name,
      displayName: displayName || name,
      device,
      deviceState: isIn ? 'active' : 'pending',
    }
  }

  conversation(record: ConversationRecord): Conversation {
    const { id, kind, isEncrypted, standing, role, counted, readSeq, readCounted } = record
    const own = this.#state.account?.user
    const peer =
      kind === 'direct' ? (record.members.find(({ user }) => user !== own)?.user ?? own) : undefined
    const members = record.members.map(({ user, role }) => ({
      ...this.person(user),
      role,
      isSelf: user === own,
      isVerified: this.#state.people.get(user)?.isVerified ?? false,
    }))
    const last = this.#lastOf(record)
    return {
      id,
      kind,
      isEncrypted,
      title: this.#titleOf(record, peer),
      members,
      ...(peer === undefined ? {} : { peer }),
      standing,
      role,
      ...(last === undefined ? {} : { last }),
      unread: Math.max(0, counted - readCounted),
      readSeq,
      headSeq: record.headSeq,
      lastActivityMs: Math.max(record.lastActivityMs, last?.atMs ?? 0),
    }
  }

  message(conversation: ConversationId, message: MessageRecord): Message {
    const { id, seq, sender, atMs } = message
    const isOwn = sender === this.#state.account?.user
    return {
      id,
      conversation,
      seq,
      sender,
      senderName: this.person(sender).displayName,
      isOwn,
      atMs,
      content: this.#content(message.content),
      state: isOwn ? this.#stateOf(conversation, seq) : 'sent',
    }
  }

  /** Undefined for what is no message of a person. */
  outgoing({ conversation, id, atMs, state, what, fault }: OutboxRecord): Message | undefined {
    const { account } = this.#state
    if (what.kind !== 'text' || account === undefined) return undefined
    const shown = state === 'failed' ? 'failed' : this.#sendingState(state)
    return {
      id,
      conversation,
      sender: account.user,
      senderName: account.displayName || account.name,
      isOwn: true,
      atMs,
      content: { kind: 'text', text: what.text },
      state: shown,
      ...(fault === null ? {} : { fault }),
    }
  }

  person(user: UserId): Person {
    const { account, people } = this.#state
    if (account?.user === user) {
      const { name, displayName, about } = account
      return { user, name, displayName: displayName || name, about }
    }
    return personOf(people.get(user) ?? stranger(user))
  }

  #sendingState(state: OutboxRecord['state']): MessageState {
    return state === 'sealed' && this.#isOnline() ? 'sending' : 'queued'
  }

  #titleOf({ title, members }: ConversationRecord, peer: UserId | undefined): string {
    if (peer !== undefined) return this.person(peer).displayName
    if (title !== null && title !== '') return title
    const own = this.#state.account?.user
    const others = members.filter(({ user }) => user !== own).slice(0, 4)
    return others.map(({ user }) => this.person(user).displayName).join(', ')
  }

  #lastOf({ id, last }: ConversationRecord): Message | undefined {
    const waiting = this.#state.outbox.get(id) ?? []
    for (const entry of waiting.toReversed()) {
      const message = this.outgoing(entry)
      if (message !== undefined) return message
    }
    return last === null ? undefined : this.message(id, last)
  }

  #content(content: StoredContent): Content {
    if (content.kind !== 'system') return content
    const { kind, change, users, text } = content
    const people = users.map((user) => this.person(user))
    return { kind, change, people, ...(text === undefined ? {} : { text }) }
  }

  /** By how far every other member has come, each by the best of his devices. */
  #stateOf(conversation: ConversationId, seq: number): MessageState {
    const record = this.#state.conversations.get(conversation)
    const own = this.#state.account?.user
    if (record === undefined || !showsReceipts(record)) return 'sent'
    let state: MessageState = 'read'
    let others = 0
    for (const { user } of record.members) {
      if (user === own) continue
      others += 1
      const marks = record.devices
        .filter((leaf) => leaf.user === user)
        .map(({ device }): MarkRecord | undefined =>
          this.#state.marks.get(`${conversation}/${device}`),
        )
      if (marks.some((mark) => (mark?.readSeq ?? 0) >= seq)) continue
      if (!marks.some((mark) => (mark?.deliveredSeq ?? 0) >= seq)) return 'sent'
      state = 'delivered'
    }
    return others === 0 ? 'sent' : state
  }
}

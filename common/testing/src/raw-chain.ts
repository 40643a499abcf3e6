import {
  type Ack,
  type Command,
  type CommandEnvelope,
  type ConversationId,
  encodeFrame,
  type Message,
} from '@parley/protocol'
import type { RawAccount } from './raw-account.ts'

/** A command that has no answer yet. */
export interface OpenCommand {
  readonly n: number
  /** The encoded `send` frame: a retry has the same bytes. */
  readonly frame: Uint8Array
}

export interface RawChainOptions {
  readonly account: Pick<RawAccount, 'user' | 'device'>
  readonly conversation: ConversationId
  /** The `seq` of the message that made the account a member. */
  readonly standing?: number
}

const mlsEpoch = 1

/**
 * The commands of one device in one conversation: counts `n`, `prev` and the generation, and keeps
 * what was not answered so that it can be sent again under its `n` (docs/PROTOCOL.md, P23 to P27).
 */
export class RawChain {
  readonly conversation: ConversationId
  readonly #account: Pick<RawAccount, 'user' | 'device'>
  readonly #standing: number
  #n = 0
  readonly #open = new Map<number, OpenCommand>()

  constructor({ account, conversation, standing = 1 }: RawChainOptions) {
    this.conversation = conversation
    this.#account = account
    this.#standing = standing
  }

  get open(): readonly OpenCommand[] {
    return [...this.#open.values()]
  }

  get openCount(): number {
    return this.#open.size
  }

  /** Makes the conversation: every device is named as a leaf of an MLS group nobody has. */
  create(kind: 'direct' | 'group', others: readonly RawAccount[]): OpenCommand {
    const command: Command = {
      kind: 'create',
      conversationKind: kind,
      encryption: 'mls',
      members: others.map(({ user }) => user),
      devices: [this.#account, ...others].map(({ user, device }) => ({ user, device })),
      suite: 1,
      epoch: mlsEpoch,
    }
    return this.#next(command, new Uint8Array(), 0)
  }

  send(body: Uint8Array, commitment: Uint8Array): OpenCommand {
    const generation = this.#n + 1
    return this.#next(
      { kind: 'send', epoch: mlsEpoch, generation, isSilent: false, commitment },
      body,
      this.#standing,
    )
  }

  /** The own message came back: it and all before it are accepted. Says which `n` that answers. */
  accepted({ n }: Pick<Message | Ack, 'n'>): readonly number[] {
    const answered: number[] = []
    // In the order of `n`, as they were put in.
    for (const open of this.#open.keys()) {
      if (open > n) break
      answered.push(open)
    }
    for (const open of answered) this.#open.delete(open)
    return answered
  }

  #next(command: Command, body: Uint8Array, standing: number): OpenCommand {
    this.#n += 1
    const { user, device } = this.#account
    const envelope: CommandEnvelope = {
      conversation: this.conversation,
      sender: user,
      device,
      n: this.#n,
      prev: this.#n - 1,
      standing,
      command,
      body,
      handshake: undefined,
    }
    const open = { n: this.#n, frame: encodeFrame({ kind: 'send', envelope }) }
    this.#open.set(open.n, open)
    return open
  }
}

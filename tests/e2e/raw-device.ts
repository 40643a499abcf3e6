import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  accountRoutes,
  type Command,
  type CommandEnvelope,
  type ConversationId,
  chatRoutes,
  directConversationId,
} from '@parley/protocol'
import { RawSocket } from '../../services/api-gateway/tests/raw-socket.ts'

type Session = ReturnType<typeof accountRoutes.signUp.answer.parse>
/** A device that speaks the protocol by hand: frames and REST, no SDK, no encryption. */
export class RawDevice {
  readonly url: string
  readonly session: Session
  /** Last `n` of each conversation. */
  readonly #sent = new Map<ConversationId, number>()

  private constructor(url: string, session: Session) {
    this.url = url
    this.session = session
  }

  get user() {
    return this.session.user
  }

  get device() {
    return this.session.device
  }

  static async signUp(url: string, name = randomName()): Promise<RawDevice> {
    const response = await fetch(`${url}${accountRoutes.signUp.path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        name,
        password: 'nobody guesses this one',
        deviceName: 'test',
        platform: 'node',
        transport: 'body',
      }),
    })
    assert.equal(response.status, 200, await response.clone().text())
    return new RawDevice(url, accountRoutes.signUp.answer.parse(await response.json()))
  }

  /** Another device of the same account. */
  async another(): Promise<RawDevice> {
    const response = await this.request('POST', accountRoutes.signIn.path, {
      name: this.session.name,
      password: 'nobody guesses this one',
      deviceName: 'another',
      platform: 'node',
      transport: 'body',
    })
    return new RawDevice(this.url, accountRoutes.signIn.answer.parse(await response.json()))
  }

  request(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.session.accessToken}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  }

  /** The next command of this device in a conversation. */
  command(
    conversation: ConversationId,
    command: Command,
    { body = new Uint8Array(), standing = 1 }: { body?: Uint8Array; standing?: number } = {},
  ): CommandEnvelope {
    const prev = this.#sent.get(conversation) ?? 0
    this.#sent.set(conversation, prev + 1)
    return {
      conversation,
      sender: this.user,
      device: this.device,
      n: prev + 1,
      prev,
      standing,
      command,
      body,
      handshake: undefined,
    }
  }

  createDirect(other: RawDevice): CommandEnvelope {
    const conversation = directConversationId(this.user, other.user)
    const command: Command = {
      kind: 'create',
      conversationKind: 'direct',
      encryption: 'mls',
      members: [other.user],
      devices: [this, other].map(({ user, device }) => ({ user, device })),
      suite: 1,
      epoch: 1,
    }
    return this.command(conversation, command, { standing: 0 })
  }

  message(conversation: ConversationId, text: string): CommandEnvelope {
    const generation = this.#sent.get(conversation) ?? 0
    const command: Command = {
      kind: 'send',
      epoch: 1,
      generation: generation + 1,
      isSilent: false,
      commitment: new Uint8Array(32),
    }
    return this.command(conversation, command, { body: new TextEncoder().encode(text) })
  }

  async history(conversation: ConversationId) {
    const path = chatRoutes.listMessages.path.replace('{conversation}', conversation)
    const response = await this.request('GET', `${path}?limit=200`)
    return chatRoutes.listMessages.answer.parse(await response.json())
  }

  /** A socket that has said hello. */
  async connect(): Promise<RawSocket> {
    const socket = await RawSocket.open(this.url)
    await socket.hello(this.session.accessToken)
    return socket
  }
}

const randomName = (): string => `u${randomBytes(8).toString('hex')}`

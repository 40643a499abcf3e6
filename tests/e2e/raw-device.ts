import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  accountRoutes,
  type ClientFrame,
  type Command,
  type CommandEnvelope,
  type ConversationId,
  chatRoutes,
  decodeServerFrames,
  directConversationId,
  encodeFrame,
  protocolVersion,
  type Ready,
  type ServerFrame,
  socketPath,
} from '@parley/protocol'
import type { z } from 'zod'

type Session = z.output<(typeof accountRoutes)['signUp']['answer']>
type FrameOf<Kind extends ServerFrame['kind']> = Extract<ServerFrame, { kind: Kind }>

const waitMs = 5_000

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
    socket.send({
      kind: 'hello',
      version: protocolVersion,
      token: this.session.accessToken,
      client: 'raw/1',
    })
    socket.ready = await socket.next('ready')
    return socket
  }
}

export class RawSocket implements AsyncDisposable {
  readonly #webSocket: WebSocket
  readonly #frames: ServerFrame[] = []
  readonly #waiting = new Set<() => void>()
  /** Code of the end. */
  readonly closed: Promise<number>
  #isClosed = false
  ready: Ready | undefined
  /** Every frame there was, for looking back. */
  readonly seen: ServerFrame[] = []

  private constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket
    webSocket.binaryType = 'arraybuffer'
    webSocket.addEventListener('message', ({ data }) => {
      for (const frame of decodeServerFrames(new Uint8Array(data))) {
        this.#frames.push(frame)
        this.seen.push(frame)
      }
      for (const look of [...this.#waiting]) look()
    })
    const { promise, resolve } = Promise.withResolvers<number>()
    this.closed = promise
    webSocket.addEventListener('close', ({ code }) => {
      this.#isClosed = true
      resolve(code)
      for (const look of [...this.#waiting]) look()
    })
  }

  static async open(url: string): Promise<RawSocket> {
    const webSocket = new WebSocket(`${url.replace('http', 'ws')}${socketPath}`)
    const socket = new RawSocket(webSocket)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    webSocket.addEventListener('open', () => resolve())
    webSocket.addEventListener('error', () => reject(new Error('the socket was refused')))
    await promise
    return socket
  }

  send(...frames: readonly ClientFrame[]): void {
    const parts = frames.map(encodeFrame)
    this.sendBytes(new Uint8Array(parts.flatMap((part) => [...part])))
  }

  sendBytes(bytes: Uint8Array | string): void {
    this.#webSocket.send(bytes as Uint8Array<ArrayBuffer>)
  }

  command(envelope: CommandEnvelope): void {
    this.send({ kind: 'send', envelope })
  }

  /** The next frame of that kind that fits; the ones before it stay. */
  async next<Kind extends ServerFrame['kind']>(
    kind: Kind,
    fits: (frame: FrameOf<Kind>) => boolean = () => true,
  ): Promise<FrameOf<Kind>> {
    const { promise, resolve, reject } = Promise.withResolvers<FrameOf<Kind>>()
    const look = () => {
      const at = this.#frames.findIndex(
        (frame) => frame.kind === kind && fits(frame as FrameOf<Kind>),
      )
      if (at >= 0) resolve(this.#frames.splice(at, 1)[0] as FrameOf<Kind>)
      else if (this.#isClosed) reject(new Error(`closed before ${kind}`))
    }
    this.#waiting.add(look)
    const late = setTimeout(() => reject(new Error(`no ${kind} came`)), waitMs)
    look()
    try {
      return await promise
    } finally {
      clearTimeout(late)
      this.#waiting.delete(look)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#webSocket.close()
    await this.closed
  }
}

const randomName = (): string => `u${randomBytes(8).toString('hex')}`

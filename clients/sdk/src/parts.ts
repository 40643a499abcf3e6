import type { ServerFrame } from '@parley/protocol'
import { Accounts } from './chat/accounts.ts'
import { DeviceBox } from './chat/device-box.ts'
import { Directory } from './chat/directory.ts'
import { Groups } from './chat/groups.ts'
import { Identity } from './chat/identity.ts'
import { Inbox } from './chat/inbox.ts'
import { Marks } from './chat/marks.ts'
import { Messages } from './chat/messages.ts'
import { Outbox } from './chat/outbox.ts'
import { Publisher } from './chat/publisher.ts'
import { Signals } from './chat/signals.ts'
import { Sync } from './chat/sync.ts'
import { Timelines } from './chat/timelines.ts'
import { ViewOf } from './chat/view-of.ts'
import { Waiters } from './chat/waiters.ts'
import type { ParleyOptions } from './client.ts'
import { Connection } from './net/connection.ts'
import { Session } from './net/session.ts'
import { ParleyError } from './parley-error.ts'
import { LocalState } from './state/local-state.ts'
import type { Transaction } from './state/transaction.ts'
import type { Account, Connection as ConnectionView } from './views.ts'

/** The parts of a client, put together by hand. */
export class Parts {
  readonly state: LocalState
  readonly session: Session
  readonly connection: Connection
  readonly directory: Directory
  readonly identity: Identity
  readonly accounts: Accounts
  readonly inbox: Inbox
  readonly sync: Sync
  readonly outbox: Outbox
  readonly groups: Groups
  readonly marks: Marks
  readonly signals: Signals
  readonly timelines: Timelines
  readonly messages: Messages
  readonly publisher = new Publisher()
  readonly waiters = new Waiters()
  readonly view: ViewOf
  /** `connect` was called, and `disconnect` was not. */
  wantsConnection = false
  #lastAccount = ''
  #lastConnection = ''

  static async open(options: ParleyOptions): Promise<Parts> {
    const { store, platform } = options
    let parts: Parts | undefined
    const publish = (done: Transaction) => parts?.publish(done)
    const state = await LocalState.open({ store, loadMls: platform.loadMls, publish })
    parts = new Parts(state, options)
    return parts
  }

  private constructor(state: LocalState, options: ParleyOptions) {
    const { url, platform, clientName, deviceName } = options
    this.state = state
    this.session = new Session({
      url,
      platform,
      state,
      onEnded: (reason) => this.#ended(reason),
    })
    const { api } = this.session
    this.identity = new Identity({ state, api })
    this.directory = new Directory({ state, api })
    this.connection = new Connection({
      url,
      platform,
      session: this.session,
      clientName,
      pts: () => state.cursor?.pts ?? 0,
      prepare: () => this.identity.prepare(),
      onReady: (ready) => {
        this.outbox.reset()
        this.sync.start(ready)
        // An approval that came before the stream did was told to nobody.
        if (this.identity.isPending) this.#notice('devices').catch(() => {})
      },
      onFrame: (frame) => this.#take(frame),
      onLost: () => {
        this.sync.stop()
        this.outbox.reset()
      },
      onState: () => this.tellConnection(),
      onEnded: (reason) => this.#ended(reason),
    })
    const { connection } = this
    this.view = new ViewOf(state, () => connection.isReady)
    this.accounts = new Accounts({
      state,
      session: this.session,
      identity: this.identity,
      platform,
      deviceName,
      onChange: () => this.#accountChanged(),
    })
    const box = new DeviceBox(api)
    this.inbox = new Inbox({
      state,
      api,
      box,
      directory: this.directory,
      platform,
      onApplied: (conversations) => {
        for (const conversation of conversations) {
          this.outbox.onProgress(conversation)
          this.outbox.pump(conversation)
          this.marks.touch(conversation)
        }
      },
    })
    this.sync = new Sync({
      state,
      api,
      platform,
      connection,
      inbox: this.inbox,
      box,
      onLive: () => this.#live(),
      onState: () => this.tellConnection(),
    })
    this.outbox = new Outbox({
      state,
      platform,
      connection,
      catchUp: () => this.sync.check(),
      needCommit: (conversation) => this.groups.pursue(conversation),
      onCopied: () => {
        connection.end('copied')
        this.#ended('copied')
      },
    })
    const pump = this.outbox.pump.bind(this.outbox)
    const { directory, waiters } = this
    this.groups = new Groups({ state, api, platform, directory, waiters, pump })
    this.marks = new Marks({ state, api, platform, connection })
    this.signals = new Signals({
      state,
      platform,
      connection,
      emit: (event) => this.publisher.emit(event),
    })
    this.timelines = new Timelines({ state, api, view: this.view })
    const { marks, view } = this
    this.messages = new Messages({ state, platform, view, marks, waiters, pump })
    this.#lastAccount = JSON.stringify(this.account)
    this.#lastConnection = JSON.stringify(this.connectionView)
  }

  get account(): Account {
    return this.view.account(this.accounts.endedBy)
  }

  get queued(): number {
    let queued = 0
    for (const entries of this.state.outbox.values())
      for (const { what, state } of entries)
        if (what.kind === 'text' && state !== 'failed') queued += 1
    return queued
  }

  get connectionView(): ConnectionView {
    const { connection, queued } = this
    const { nextTryAtMs } = connection
    const isCatchingUp = connection.isReady && !this.sync.isLive
    const state = isCatchingUp ? 'catching-up' : connection.state
    const isSignedOut = !this.accounts.isSignedIn && state !== 'copied'
    return {
      state: isSignedOut ? 'signed-out' : state,
      ...(nextTryAtMs === undefined ? {} : { nextTryAtMs }),
      queued,
    }
  }

  publish(done: Transaction): void {
    for (const { conversation, message, isNew } of done.news)
      if (isNew) this.signals.hasWritten(conversation, message.sender)
    this.tellAccount()
    this.publisher.publish(done, this.view)
    if (done.outbox.size > 0) this.tellConnection()
    for (const { id, error } of done.settled) this.waiters.settle(id, error)
  }

  tellAccount(): void {
    const { account } = this
    const text = JSON.stringify(account)
    if (text === this.#lastAccount) return
    this.#lastAccount = text
    this.publisher.emit({ kind: 'account', account })
  }

  tellConnection(): void {
    const connection = this.connectionView
    const text = JSON.stringify(connection)
    if (text === this.#lastConnection) return
    this.#lastConnection = text
    this.publisher.emit({ kind: 'connection', connection })
  }

  async close(): Promise<void> {
    this.connection.stop()
    this.marks.stop()
    this.signals.stop()
    this.waiters.settleAll(new ParleyError('closed'))
    await this.state.close()
  }

  #take(frame: ServerFrame): void {
    switch (frame.kind) {
      case 'event':
        return this.sync.onEvent(frame)
      case 'sync-page':
        return this.sync.onPage(frame)
      case 'heartbeat':
        return this.sync.onHeartbeat(frame.pts)
      case 'ack':
        return this.outbox.onAck(frame)
      case 'nack':
        return this.outbox.onNack(frame)
      case 'error':
        return this.outbox.onError(frame)
      case 'mark':
        this.marks.receive(frame).catch(() => {})
        return
      case 'signal':
        this.signals.receive(frame).catch(() => {})
        return
      case 'notice':
        this.#notice(frame.notice).catch(() => {})
        return
      case 'ready':
      case 'go-away':
        return
      default: {
        const unknown: never = frame
        return unknown
      }
    }
  }

  async #notice(notice: 'device-box' | 'devices' | 'key-packages-low'): Promise<void> {
    if (notice === 'key-packages-low') return await this.identity.refill()
    if (notice !== 'devices') return
    await this.identity.prepare()
    await this.#tellDevices()
  }

  async #tellDevices(): Promise<void> {
    const devices = await this.identity.devices()
    const hasPending = devices.some(({ state }) => state === 'pending')
    this.publisher.emit({ kind: 'devices', hasPending })
  }

  /** Everything is here: now what is waiting goes out. */
  #live(): void {
    this.outbox.pumpAll()
    for (const { id, wishes } of this.state.conversations.values())
      if (wishes.length > 0) this.outbox.pump(id)
    this.marks.reset()
    this.signals.reset()
    this.#afterLive().catch(() => {})
  }

  async #afterLive(): Promise<void> {
    await this.identity.refill()
    for (const { id, last } of this.state.conversations.values())
      if (last?.sender === this.state.account?.user) await this.marks.refresh(id)
  }

  #ended(reason: 'revoked' | 'expired' | 'copied'): void {
    // Not from within: what is being done has to end first.
    Promise.resolve()
      .then(() => this.accounts.ended(reason))
      .catch(() => {})
  }

  #accountChanged(): void {
    if (!this.accounts.isSignedIn) {
      if (this.connection.state !== 'copied') this.connection.stop()
      this.marks.stop()
      this.signals.stop()
      this.waiters.settleAll(new ParleyError('signed-out'))
    } else if (this.wantsConnection) this.connection.start()
    this.tellAccount()
    this.tellConnection()
  }
}

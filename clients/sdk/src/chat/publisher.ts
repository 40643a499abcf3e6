import type { ConversationId } from '@parley/protocol'
import type { Listener, ParleyEvent } from '../events.ts'
import { ParleyError } from '../parley-error.ts'
import type { Transaction } from '../state/transaction.ts'
import type { Message } from '../views.ts'
import type { ViewOf } from './view-of.ts'

const waitingMax = 10_000

/** Tells listeners what a stored transaction has changed, in the order of the transactions. */
export class Publisher {
  readonly #listeners = new Set<Listener>()

  subscribe(listener: Listener): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) }
  }

  emit(event: ParleyEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  publish(done: Transaction, view: ViewOf): void {
    for (const event of done.events) this.emit(event)
    for (const { conversation, id } of done.gone)
      this.emit({ kind: 'messages-gone', conversation, ids: [id] })
    this.#publishMessages(done, view)
    const changed = new Set([...done.conversations.keys(), ...done.outbox.keys()])
    for (const id of changed) {
      const record = done.conversations.get(id)
      if (record === null) this.emit({ kind: 'conversation-gone', conversation: id })
      else {
        const current = done.conversation(id)
        if (current !== undefined)
          this.emit({ kind: 'conversation', conversation: view.conversation(current) })
      }
    }
  }

  /** Ends when `signal` is aborted. */
  async *events(signal: AbortSignal): AsyncGenerator<ParleyEvent, void> {
    const waiting: ParleyEvent[] = []
    let wake: (() => void) | undefined
    let isTooSlow = false
    using _ = this.subscribe((event) => {
      if (waiting.length < waitingMax) waiting.push(event)
      else isTooSlow = true
      wake?.()
    })
    signal.addEventListener('abort', () => wake?.(), { once: true })
    for (;;) {
      const event = waiting.shift()
      if (event !== undefined) {
        yield event
        continue
      }
      if (signal.aborted) return
      if (isTooSlow) throw new ParleyError('lagging', 'events came faster than they were taken')
      const { promise, resolve } = Promise.withResolvers<void>()
      wake = resolve
      await promise
    }
  }

  #publishMessages(done: Transaction, view: ViewOf): void {
    const groups = new Map<
      string,
      { conversation: ConversationId; isNew: boolean; messages: Message[] }
    >()
    const add = (conversation: ConversationId, isNew: boolean, message: Message) => {
      const key = `${conversation}/${isNew}`
      const group = groups.get(key) ?? { conversation, isNew, messages: [] }
      group.messages.push(message)
      groups.set(key, group)
    }
    for (const { conversation, message, isNew } of done.news)
      add(conversation, isNew, view.message(conversation, message))
    for (const entry of done.outgoing.values()) {
      const message = view.outgoing(entry)
      if (message !== undefined) add(entry.conversation, false, message)
    }
    for (const { conversation, isNew, messages } of groups.values())
      this.emit({ kind: 'messages', conversation, messages, isNew })
  }
}

import { setImmediate } from 'node:timers'
import type { Bus } from './bus.ts'

/** What may wait for one subscriber; more is dropped. */
const waitingMax = 10_000

interface Subscriber {
  readonly receive: (message: Uint8Array) => void
  waiting: Uint8Array[]
}

/** The bus of one process. Receivers are called later, never from within `publish`. */
export class MemoryBus implements Bus {
  readonly #channels = new Map<string, Set<Subscriber>>()
  readonly #busy = new Set<Subscriber>()
  #isScheduled = false
  #dropped = 0

  /** Messages that no one could be given because too many were waiting. */
  get dropped(): number {
    return this.#dropped
  }

  publish(channel: string, message: Uint8Array): void {
    for (const subscriber of this.#channels.get(channel) ?? []) {
      if (subscriber.waiting.length >= waitingMax) {
        this.#dropped += 1
        continue
      }
      subscriber.waiting.push(message)
      this.#busy.add(subscriber)
    }
    if (this.#isScheduled || this.#busy.size === 0) return
    this.#isScheduled = true
    setImmediate(() => this.#deliver())
  }

  async subscribe(channel: string, receive: (message: Uint8Array) => void): Promise<Disposable> {
    const subscriber: Subscriber = { receive, waiting: [] }
    const subscribers = this.#channels.get(channel) ?? new Set()
    this.#channels.set(channel, subscribers.add(subscriber))
    return {
      [Symbol.dispose]: () => {
        subscriber.waiting = []
        this.#busy.delete(subscriber)
        subscribers.delete(subscriber)
        if (subscribers.size === 0) this.#channels.delete(channel)
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#channels.clear()
    this.#busy.clear()
  }

  #deliver(): void {
    this.#isScheduled = false
    const busy = [...this.#busy]
    this.#busy.clear()
    for (const subscriber of busy) {
      const messages = subscriber.waiting
      subscriber.waiting = []
      for (const message of messages) subscriber.receive(message)
    }
  }
}

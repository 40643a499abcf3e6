import { setImmediate } from 'node:timers'
import type { Bus } from './bus.ts'

/** What may wait for one subscriber; more is dropped. */
const waitingMax = 10_000

interface Subscriber {
  readonly receive: (message: Uint8Array) => void
  waiting: Uint8Array[]
  isOver: boolean
}

/** The bus of one process. Receivers are called later, never from within `publish`. */
export class MemoryBus implements Bus {
  readonly #channels = new Map<string, Set<Subscriber>>()
  readonly #onError: (error: unknown) => void
  #busy = new Set<Subscriber>()
  #isScheduled = false
  #dropped = 0

  constructor({ onError = () => {} }: { readonly onError?: (error: unknown) => void } = {}) {
    this.#onError = onError
  }

  /** Messages that a subscriber was not given: too many were waiting, or he failed. */
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
    const subscriber: Subscriber = { receive, waiting: [], isOver: false }
    const subscribers = this.#channels.get(channel) ?? new Set()
    this.#channels.set(channel, subscribers.add(subscriber))
    return {
      [Symbol.dispose]: () => {
        subscriber.isOver = true
        subscriber.waiting = []
        this.#busy.delete(subscriber)
        subscribers.delete(subscriber)
        if (subscribers.size === 0 && this.#channels.get(channel) === subscribers)
          this.#channels.delete(channel)
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const subscribers of this.#channels.values())
      for (const subscriber of subscribers) subscriber.isOver = true
    this.#channels.clear()
    this.#busy.clear()
  }

  #deliver(): void {
    this.#isScheduled = false
    const busy = this.#busy
    this.#busy = new Set()
    for (const subscriber of busy) {
      const messages = subscriber.waiting
      subscriber.waiting = []
      for (const message of messages) this.#give(subscriber, message)
    }
  }

  /** A receiver that throws loses this message, and nobody else anything. */
  #give(subscriber: Subscriber, message: Uint8Array): void {
    if (subscriber.isOver) return
    try {
      subscriber.receive(message)
    } catch (error) {
      this.#dropped += 1
      this.#onError(error)
    }
  }
}

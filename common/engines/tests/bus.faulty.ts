import type { Bus } from '../src/bus/bus.ts'
import { Faults } from './faults.ts'

/**
 * A bus that does whatever the contract allows: each subscriber gets his messages late and not all
 * of them, and channels overtake each other.
 */
export class FaultyBus implements Bus {
  readonly #bus: Bus
  readonly #faults: Faults
  #losses = 0

  constructor(bus: Bus, seed: number) {
    this.#bus = bus
    this.#faults = new Faults({ seed })
  }

  get losses(): number {
    return this.#losses
  }

  publish(channel: string, message: Uint8Array): void {
    this.#bus.publish(channel, message)
  }

  async subscribe(channel: string, receive: (message: Uint8Array) => void): Promise<Disposable> {
    await this.#faults.delay()
    const waiting: Uint8Array[] = []
    let isOver = false
    let isDelivering = false
    const deliver = async () => {
      isDelivering = true
      while (waiting.length > 0) {
        await this.#faults.delay()
        const some = waiting.splice(0, 1 + this.#faults.random.below(100))
        for (const message of some)
          try {
            if (!isOver) receive(message)
          } catch {
            this.#losses += 1
          }
      }
      isDelivering = false
    }
    const subscription = await this.#bus.subscribe(channel, (message) => {
      if (this.#faults.random.chance(0.1)) {
        this.#losses += 1
        return
      }
      waiting.push(message)
      if (!isDelivering) void deliver()
    })
    return {
      [Symbol.dispose]: () => {
        isOver = true
        subscription[Symbol.dispose]()
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bus[Symbol.asyncDispose]()
  }
}

import type { UserId } from '@parley/protocol'
import type { Session, SessionRegistry } from '../src/session-registry/session-registry.ts'
import { Faults } from './faults.ts'

/** A registry that does whatever the contract allows: it is late, fails, and loses everything. */
export class FaultySessionRegistry implements SessionRegistry {
  readonly #registry: SessionRegistry
  readonly #empty: () => Promise<void>
  readonly #faults: Faults
  #losses = 0

  constructor(registry: SessionRegistry, empty: () => Promise<void>, seed: number) {
    this.#registry = registry
    this.#empty = empty
    this.#faults = new Faults({ seed, lost: 0.03 })
  }

  get losses(): number {
    return this.#losses
  }

  announce(sessions: readonly Session[]): Promise<void> {
    return this.#call(() => this.#registry.announce(sessions))
  }

  withdraw(sessions: readonly Session[]): Promise<void> {
    return this.#call(() => this.#registry.withdraw(sessions))
  }

  sessionsOf(users: readonly UserId[]): Promise<ReadonlyMap<UserId, readonly Session[]>> {
    return this.#call(() => this.#registry.sessionsOf(users))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#registry[Symbol.asyncDispose]()
  }

  async #call<Answer>(act: () => Promise<Answer>): Promise<Answer> {
    if (this.#faults.random.chance(0.05)) {
      this.#losses += 1
      await this.#empty()
    }
    return this.#faults.call(act)
  }
}

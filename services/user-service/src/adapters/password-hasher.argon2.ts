import { Buffer } from 'node:buffer'
import { hash, type Options, parseOptions, verify } from '@node-rs/argon2'
import type { UserId } from '@parley/protocol'
import type { SealedPassword } from '../domain/accounts.ts'
import type { PasswordHasher } from '../domain/password-hasher.ts'
import type { WorkQueue } from '../domain/work-queue.ts'
import type { Sealer } from './sealer.ts'

export interface Argon2Cost {
  readonly memoryKiB: number
  readonly passes: number
}

/** Argon2id, one lane, with the cost that the operator has chosen; sealed under the key ring. */
export class Argon2PasswordHasher implements PasswordHasher {
  readonly #options: Options & { readonly memoryCost: number; readonly timeCost: number }
  readonly #queue: WorkQueue
  readonly #sealer: Sealer
  /** Hash of a password that nobody has, with today's cost. */
  #nothing: Promise<string> | undefined

  constructor(cost: Argon2Cost, queue: WorkQueue, sealer: Sealer) {
    this.#options = { memoryCost: cost.memoryKiB, timeCost: cost.passes, parallelism: 1 }
    this.#queue = queue
    this.#sealer = sealer
  }

  async hash(password: string, user: UserId): Promise<SealedPassword> {
    const phc = await this.#queue.run(() => hash(password, this.#options))
    return { sealed: this.#sealer.seal(Buffer.from(phc), user), keyId: this.#sealer.keyId }
  }

  async verify(password: string, sealed: SealedPassword, user: UserId): Promise<boolean> {
    const phc = this.#open(sealed, user)
    return this.#queue.run(() => verify(phc, password))
  }

  async verifyNothing(password: string): Promise<void> {
    this.#nothing ??= hash('nobody has this password', this.#options)
    const phc = await this.#nothing
    await this.#queue.run(() => verify(phc, password))
  }

  isOutdated(sealed: SealedPassword, user: UserId): boolean {
    const { memoryCost, timeCost, parallelism } = parseOptions(this.#open(sealed, user))
    return (
      sealed.keyId !== this.#sealer.keyId ||
      memoryCost !== this.#options.memoryCost ||
      timeCost !== this.#options.timeCost ||
      parallelism !== this.#options.parallelism
    )
  }

  #open({ sealed, keyId }: SealedPassword, user: UserId): string {
    return Buffer.from(this.#sealer.open(sealed, user, keyId)).toString()
  }
}

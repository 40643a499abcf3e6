import type { Bus, EventLog } from '@parley/engines'
import { encodeAccountEvent, limits } from '@parley/protocol'
import {
  type Clock,
  encodeRevocationNotice,
  type Report,
  revocationHeartbeatMs,
  revocationsChannel,
} from '@parley/runtime'
import type { AccountOutbox } from './domain/account-outbox.ts'
import type { DeviceRevocation, Devices } from './domain/devices.ts'

export interface AccountAnnouncerDependencies {
  readonly outbox: AccountOutbox
  readonly devices: Pick<Devices, 'revocationHead'>
  readonly eventLog: Pick<EventLog, 'append'>
  readonly bus: Bus
  readonly clock: Clock
  readonly report: Report
}

/**
 * Tells the others what happened to accounts: by the log, at least once, from the outbox; revocations
 * also by the bus at once, where a heartbeat with the newest number shows what was missed.
 */
export class AccountAnnouncer implements AsyncDisposable {
  readonly #dependencies: AccountAnnouncerDependencies
  readonly #heartbeat: Disposable
  #flushing: Promise<void> | undefined
  #beating: Promise<void> | undefined
  /** Something was added while a flush was under way. */
  #isStale = false

  constructor(dependencies: AccountAnnouncerDependencies) {
    this.#dependencies = dependencies
    this.#heartbeat = dependencies.clock.every(revocationHeartbeatMs, () => this.#beat())
    this.flush()
  }

  revoked(revocation: DeviceRevocation): void {
    const notice = { head: revocation.number, revocation }
    this.#dependencies.bus.publish(revocationsChannel, encodeRevocationNotice(notice))
    this.flush()
  }

  /** Appends what waits in the outbox. Failures are reported, and tried again each heartbeat. */
  flush(): void {
    this.#isStale = true
    this.#flushing ??= this.#flushAll()
      .catch(this.#reportFailure)
      .finally(() => {
        this.#flushing = undefined
      })
  }

  /** Finishes what is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#heartbeat[Symbol.dispose]()
    await Promise.all([this.#flushing, this.#beating])
  }

  #beat(): void {
    this.flush()
    // While the database is slow a beat is left out, and the others read the list again.
    this.#beating ??= this.#tellHead()
      .catch(this.#reportFailure)
      .finally(() => {
        this.#beating = undefined
      })
  }

  async #tellHead(): Promise<void> {
    const { devices, bus } = this.#dependencies
    const head = await devices.revocationHead()
    bus.publish(revocationsChannel, encodeRevocationNotice({ head }))
  }

  async #flushAll(): Promise<void> {
    const { outbox, eventLog } = this.#dependencies
    while (this.#isStale) {
      this.#isStale = false
      const entries = await outbox.list(limits.storePageRows)
      if (entries.length === 0) continue
      await eventLog.append(
        'account-events',
        entries.map(({ event }) => ({
          key: event.user,
          value: encodeAccountEvent(event),
          rules: 0,
        })),
      )
      await outbox.forget(entries.map(({ id }) => id))
      this.#isStale = true
    }
  }

  readonly #reportFailure = (error: unknown): void => {
    this.#dependencies.report(
      error instanceof Error ? error : new Error('thrown without an error', { cause: error }),
    )
  }
}

import type { Bus, SessionRegistry } from '@parley/engines'
import { type EdgeDelivery, encodeEdgeBatch, encodeFrame, type UserId } from '@parley/protocol'
import type { Report } from '@parley/runtime'
import type { Notices } from '../domain/notices.ts'

/** Notices as ephemeral frames to the edges that hold the user's sockets. */
export class BusNotices implements Notices {
  readonly #bus: Bus
  readonly #sessions: SessionRegistry
  readonly #report: Report

  constructor(bus: Bus, sessions: SessionRegistry, report: Report) {
    this.#bus = bus
    this.#sessions = sessions
    this.#report = report
  }

  tell(user: UserId, notice: Parameters<Notices['tell']>[1], to: Parameters<Notices['tell']>[2]) {
    const delivery: EdgeDelivery = {
      user,
      ...('only' in to ? { device: to.only } : { exceptDevice: to.except }),
      isEphemeral: false,
      pts: 0,
      bytes: encodeFrame({ kind: 'notice', notice }),
    }
    this.#send(user, delivery).catch((error: unknown) =>
      this.#report(error instanceof Error ? error : new Error('a notice failed', { cause: error })),
    )
  }

  async #send(user: UserId, delivery: EdgeDelivery): Promise<void> {
    const sessions = (await this.#sessions.sessionsOf([user])).get(user) ?? []
    const batch = encodeEdgeBatch([delivery])
    for (const edge of new Set(sessions.map((session) => session.edge)))
      this.#bus.publish(`edge:${edge}`, batch)
  }
}

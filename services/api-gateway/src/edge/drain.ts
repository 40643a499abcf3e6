import type { Clock, RandomSource } from '@parley/runtime'
import type { GatewayConfig } from '../config.ts'
import type { Outgoing } from './outgoing.ts'
import type { Session } from './session.ts'
import type { Sessions } from './sessions.ts'

export interface DrainOptions {
  readonly sessions: Sessions
  readonly outgoing: Pick<Outgoing, 'frame'>
  readonly close: (session: Session, code: number, reason: string) => void
  readonly clock: Clock
  readonly random: Pick<RandomSource, 'fraction'>
  readonly config: Pick<GatewayConfig, 'drainRate' | 'drainWindowMs'>
}

const batchPeriodMs = 50
const batchMin = 20
/** So many batches close all that are left: 20 s. */
const batchesMax = 400
const lookMs = 20

/**
 * Sends everybody elsewhere: each is told when to leave, at random within a window that the other
 * edges can bear; who is still there then is closed with 1012, in batches.
 */
export async function drain(options: DrainOptions): Promise<void> {
  const { sessions, outgoing, close, clock, random, config } = options
  const neededMs = (1_000 * sessions.count) / config.drainRate
  const windowMs = Math.min(config.drainWindowMs, Math.max(1_000, neededMs))
  for (const session of sessions.all())
    if (session.state === 'ready') {
      const returnAfterMs = Math.floor(random.fraction() * windowMs)
      outgoing.frame(session, { kind: 'go-away', returnAfterMs })
    }
  const endMs = clock.monotonicMs() + windowMs
  while (sessions.count > 0 && clock.monotonicMs() < endMs) await clock.sleep(lookMs)
  const batch = Math.max(batchMin, Math.ceil(sessions.count / batchesMax))
  while (sessions.count > 0) {
    for (const session of [...sessions.all()].slice(0, batch)) close(session, 1012, 'restart')
    if (sessions.count > 0) await clock.sleep(batchPeriodMs)
  }
}

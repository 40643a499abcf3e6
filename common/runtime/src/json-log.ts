import { createHmac, randomBytes } from 'node:crypto'
import { ChatError } from '@parley/protocol'
import type { Clock } from './clock.ts'
import type { Log, LogFields } from './log.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof levels)[number]

/** Fields that name somebody are hashed with a key that changes every day. */
const hashed = new Set<keyof LogFields>(['user', 'device', 'conversation', 'connection'])
const dayMs = 86_400_000

/** Writes one line of JSON for each event at `level` or above. */
export function jsonLog({
  level,
  clock,
  write,
}: {
  readonly level: LogLevel
  readonly clock: Pick<Clock, 'nowMs'>
  readonly write: (line: string) => void
}): Log {
  let key = { day: -1, bytes: randomBytes(32) }
  function hash(value: string, nowMs: number): string {
    const day = Math.floor(nowMs / dayMs)
    if (key.day !== day) key = { day, bytes: randomBytes(32) }
    return createHmac('sha256', key.bytes).update(value).digest('base64url').slice(0, 12)
  }
  function at(eventLevel: LogLevel) {
    return (event: string, fields: LogFields = {}): void => {
      if (levels.indexOf(eventLevel) < levels.indexOf(level)) return
      const nowMs = clock.nowMs()
      const shown = Object.entries(fields).map(([name, value]) => [
        name,
        name === 'error'
          ? describe(value)
          : hashed.has(name as keyof LogFields)
            ? hash(String(value), nowMs)
            : value,
      ])
      // biome-ignore lint/style/noRestrictedGlobals: formats a time that the clock port has given.
      const time = new Date(nowMs).toISOString()
      write(`${JSON.stringify({ time, level: eventLevel, event, ...Object.fromEntries(shown) })}\n`)
    }
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** Kind, code and place; a foreign message may hold anything, so only ours is shown. */
function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return 'no error object'
  const cause = error.cause instanceof Error ? { cause: describe(error.cause) } : {}
  const place = error.stack
    ?.split('\n')
    .find((line) => line.includes('.ts:'))
    ?.trim()
  const ours = error instanceof ChatError || error.name === 'AssertionError'
  return { name: error.name, ...(ours ? { message: error.message } : {}), place, ...cause }
}

import { createHash } from 'node:crypto'
import { openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

/** What every line says: when, by the one monotonic clock of the machine, and which program. */
interface LedgerFacts {
  /** In microseconds. */
  readonly t: number
  /** The program that wrote it. */
  readonly p: string
}

/** A message as somebody saw it. */
export interface SightingFacts {
  readonly dev: string
  readonly conv: string
  readonly seq: number
  /** Device that sent it, and the device's own count. */
  readonly from: string
  readonly n: number
  /** Of the body: see `bodyHash`. */
  readonly h: string
}

export type SendFacts = { readonly op: 'send' } & {
  readonly dev: string
  readonly conv: string
  readonly n: number
} & (
    | { readonly ph: 'invoke'; readonly prev: number; readonly h: string }
    /** 0 when only a later one's place was told. */
    | { readonly ph: 'ok'; readonly seq: number }
    | { readonly ph: 'fail'; readonly code: string }
    /** Nobody knows: it may be in the log, or not. */
    | { readonly ph: 'info'; readonly why: string }
  )

/** `pts` and `ep` are missing where a device does not show its stream. */
export interface RecvFacts extends SightingFacts {
  readonly op: 'recv' | 'replay'
  readonly pts?: number
  readonly ep?: string
}

export interface ReadFacts extends SightingFacts {
  readonly op: 'read'
}

/**
 * - `recv`: live or by `sync`, in the order in which a program used it.
 * - `replay`: the user log read again from its start, at the end. `read`: the history at the end.
 * - `ready`: the head of the user log as a new connection is told it.
 */
export type LedgerEntry =
  | SendFacts
  | RecvFacts
  | ReadFacts
  | { readonly op: 'device'; readonly dev: string; readonly user: string }
  | { readonly op: 'ready'; readonly dev: string; readonly pts: number; readonly ep: string }
  | {
      readonly op: 'sync'
      readonly dev: string
      readonly ep: string
      readonly from: number
      readonly to: number
      readonly count: number
      readonly verdict: 'entries' | 'too-long' | 'epoch'
    }
  | {
      readonly op: 'mark'
      readonly dev: string
      readonly conv: string
      readonly kind: string
      readonly seq: number
    }
  | { readonly op: 'unread'; readonly dev: string; readonly conv: string; readonly value: number }
  | {
      readonly op: 'member'
      readonly conv: string
      readonly user: string
      readonly change: 'join' | 'leave'
      readonly seq: number
    }
  | { readonly op: 'commit'; readonly dev: string; readonly conv: string; readonly epoch: number }
  | {
      readonly op: 'nemesis'
      readonly what: string
      readonly target: string
      readonly ph: 'start' | 'stop'
    }
  /** A program ended; `isWanted` when it was killed or told to. */
  | { readonly op: 'exit'; readonly target: string; readonly isWanted: boolean }

export type LedgerLine = LedgerEntry & LedgerFacts

/**
 * What one program says it did and saw, one JSON object per line. A line is with the kernel when
 * `write` returns: a program that is killed right after has said it.
 */
export class LedgerWriter {
  readonly #file: number
  readonly #program: string

  constructor(folder: string, program: string) {
    this.#program = program
    this.#file = openSync(join(folder, `${program}.jsonl`), 'a')
  }

  write(entry: LedgerEntry): void {
    const line: LedgerLine = { t: nowMicros(), p: this.#program, ...entry }
    writeSync(this.#file, `${JSON.stringify(line)}\n`)
  }
}

/** All lines of a folder by time. The last line of a program that was killed may be torn. */
export function readLedger(folder: string): readonly LedgerLine[] {
  const lines = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => linesOf(readFileSync(join(folder, name), 'utf8')))
  return lines.sort((a, b) => a.t - b.t)
}

export const bodyHash = (body: Uint8Array | string): string =>
  createHash('sha256').update(body).digest('hex').slice(0, 16)

/** Of a clock that all processes of this machine share and nobody sets. */
export const nowMicros = (): number => Number(process.hrtime.bigint() / 1000n)

/** A restarted program goes on in its file: a torn line may then stand in the middle. */
function linesOf(text: string): LedgerLine[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line)]
    } catch {
      return []
    }
  })
}

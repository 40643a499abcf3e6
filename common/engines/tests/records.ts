import { ChatError } from '@parley/protocol'
import type { EventLog, LogRecord, NewLogRecord, Topic } from '../src/event-log/event-log.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export function record(key: string, text: string): NewLogRecord {
  return { key, value: encoder.encode(text), rules: 1 }
}

/** Of one key, `name 0` to `name (count - 1)`. */
export function recordsOf(key: string, count: number): readonly NewLogRecord[] {
  return Array.from({ length: count }, (_, index) => record(key, `${key} ${index}`))
}

export function textOf({ value }: Pick<LogRecord, 'value'>): string {
  return decoder.decode(value)
}

/** As every caller does: what may not have been appended is appended again. */
export async function append(
  log: EventLog,
  topic: Topic,
  records: readonly NewLogRecord[],
): ReturnType<EventLog['append']> {
  for (;;)
    try {
      return await log.append(topic, records)
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== 'unavailable') throw error
    }
}

export interface Reading {
  readonly log: EventLog
  readonly topic: Topic
  readonly group: string
  /** Reads until so many different texts have come. */
  readonly count: number
  readonly commits?: boolean
}

/**
 * What a group reads: each text once, at its first coming, as a consumer with idempotent effects
 * sees it. Joins again after an error, as consumers do.
 */
export async function read({
  log,
  topic,
  group,
  count,
  commits = false,
}: Reading): Promise<readonly LogRecord[]> {
  const found = new Map<string, LogRecord>()
  const done = new AbortController()
  // Whether the last commit has failed or only its answer was lost, there may be nothing to read.
  while (found.size < count)
    try {
      await log.consume({
        topic,
        group,
        signal: done.signal,
        run: async (partition) => {
          for await (const records of partition.read(done.signal)) {
            for (const each of records) if (!found.has(textOf(each))) found.set(textOf(each), each)
            if (commits) await partition.commit((records.at(-1)?.position.offset ?? 0) + 1)
            if (found.size >= count) done.abort()
          }
        },
      })
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
    }
  return [...found.values()]
}

/** Texts by key, in the order in which they came. */
export function byKey(records: readonly LogRecord[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Object.entries(Object.groupBy(records, ({ key }) => key)).map(([key, own]) => [
      key,
      (own ?? []).map(textOf),
    ]),
  )
}

import { type LogPosition, WireReader, WireWriter } from '@parley/protocol'
import type { LogRecord, NewLogRecord } from './event-log.ts'

/** The records of one partition that became durable together, as bytes. Their offsets are dense. */
export function encodeBatch(records: readonly NewLogRecord[]): Uint8Array {
  const writer = new WireWriter(
    records.reduce((sum, { key, value }) => sum + key.length + value.length + 16, 16),
  )
  for (const { key, value, rules } of records)
    writer.message(1, () => {
      writer.text(1, key)
      writer.uint(2, rules)
      writer.bytesAlways(3, value)
    })
  return writer.finish()
}

export function decodeBatch(
  bytes: Uint8Array,
  first: LogPosition,
  timestampMs: number,
): readonly LogRecord[] {
  const records: LogRecord[] = []
  const outer = new WireReader(bytes)
  while (outer.next() !== 0) {
    const reader = outer.reader()
    let key = ''
    let rules = 0
    let value: Uint8Array = new Uint8Array(0)
    for (let field = reader.next(); field !== 0; field = reader.next())
      if (field === 1) key = reader.text()
      else if (field === 2) rules = reader.uint()
      else if (field === 3) value = reader.bytes()
      else reader.skip()
    const position = { generation: first.generation, offset: first.offset + records.length }
    records.push({ key, value, rules, position, timestampMs })
  }
  return records
}

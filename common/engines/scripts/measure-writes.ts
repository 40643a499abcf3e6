/**
 * What the write path of one process costs: `node scripts/measure-writes.ts [rate] [seconds]`.
 *
 * Each message takes the steps of a direct chat: a record in `commands`, its row, two records in
 * `user-events`, two rows, each durable before the next. Prints one JSON line.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventLog, LogRecord } from '../src/event-log/event-log.ts'
import { type EmbeddedEngines, openEmbeddedEngines } from '../src/index.ts'

const rate = Number(process.argv[2] ?? 500)
const seconds = Number(process.argv[3] ?? 10)
const folder = await mkdtemp(join(process.env['MEASURE_IN'] ?? tmpdir(), 'parley-measure-'))
let commits = 0
const engines = await openEmbeddedEngines({
  dataFolder: folder,
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  onCommit: () => {
    commits += 1
  },
})
try {
  await measure(engines)
} finally {
  await engines[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
}

async function measure({ eventLog, file }: EmbeddedEngines): Promise<void> {
  await file.define(
    `CREATE TABLE rows_a (conversation TEXT, seq INTEGER, sender TEXT, device TEXT, n INTEGER,
      at_ms INTEGER, command BLOB, body BLOB) STRICT`,
    'CREATE UNIQUE INDEX rows_a_key ON rows_a (conversation, seq)',
    'CREATE TABLE rows_b (user TEXT, pts INTEGER, conversation TEXT, seq INTEGER) STRICT',
    'CREATE UNIQUE INDEX rows_b_key ON rows_b (user, pts)',
  )
  const insertA = 'INSERT INTO rows_a VALUES (?, ?, ?, ?, ?, ?, ?, ?)'
  const insertB = 'INSERT INTO rows_b VALUES (?, ?, ?, ?)'
  const pairs = Array.from({ length: 100 }, () => [randomUUID(), randomUUID()] as const)
  const conversations = pairs.map(() => randomUUID())
  const body = randomBytes(300)
  const ending = new AbortController()
  const started = new Map<number, number>()
  const latencies: number[] = []
  let position = 0
  const all = Promise.withResolvers<void>()
  const total = Math.floor(rate * seconds)

  const sequencer = each(eventLog, 'commands', ending.signal, async (record) => {
    const id = new DataView(record.value.buffer, record.value.byteOffset).getUint32(0)
    const pair = id % pairs.length
    const conversation = conversations[pair] ?? ''
    const [a, b] = pairs[pair] ?? ['', '']
    await file.write([[insertA, conversation, id, a, b, id, 1, record.value.subarray(0, 8), body]])
    await eventLog.append('user-events', [
      { key: a, value: record.value, rules: 0 },
      { key: b, value: record.value, rules: 0 },
    ])
  })
  const userLog = each(eventLog, 'user-events', ending.signal, async (record) => {
    const id = new DataView(record.value.buffer, record.value.byteOffset).getUint32(0)
    position += 1
    await file.write([[insertB, record.key, position, conversations[id % pairs.length] ?? '', id]])
    const start = started.get(id)
    if (start !== undefined) {
      started.delete(id)
      latencies.push(performance.now() - start)
      if (latencies.length === total) all.resolve()
    }
  })

  const cpu = process.cpuUsage()
  const begin = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    const due = Math.min(total, Math.floor(((performance.now() - begin) * rate) / 1000))
    for (; sent < due; sent += 1) {
      const value = Buffer.alloc(400, 7)
      value.writeUInt32BE(sent, 0)
      started.set(sent, performance.now())
      const key = conversations[sent % pairs.length] ?? ''
      eventLog.append('commands', [{ key, value, rules: 1 }]).catch(console.error)
    }
  }, 1)
  await all.promise
  clearInterval(timer)
  const elapsed = (performance.now() - begin) / 1000
  const { user, system } = process.cpuUsage(cpu)
  ending.abort()
  await Promise.all([sequencer, userLog])
  latencies.sort((x, y) => x - y)
  const at = (fraction: number) => Number(latencies[Math.floor(total * fraction)]?.toFixed(2))
  console.log(
    JSON.stringify({
      rate,
      held: Math.round(total / elapsed),
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      maxMs: at(0.99999),
      cpuMicrosPerMessage: Math.round((user + system) / total),
      fsyncsPerMessage: Number((commits / total).toFixed(2)),
      ofThatSystem: Math.round(system / total),
      rssMiB: Math.round(process.memoryUsage.rss() / 1_048_576),
    }),
  )
}

function each(
  eventLog: EventLog,
  topic: 'commands' | 'user-events',
  signal: AbortSignal,
  handle: (record: LogRecord) => Promise<void>,
): Promise<void> {
  return eventLog.consume({
    topic,
    group: 'measure',
    signal,
    run: async (partition) => {
      for await (const records of partition.read(signal)) {
        // Keys side by side, as a sequencer does; commits when a batch is done.
        const last = records.at(-1)
        void Promise.all(records.map(handle))
          .then(() => partition.commit((last?.position.offset ?? 0) + 1))
          .catch(() => {})
      }
    },
  })
}

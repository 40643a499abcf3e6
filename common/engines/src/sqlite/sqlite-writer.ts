/** The writer thread of `SqliteFile`: each message is a batch, each batch one transaction. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { SqlWrite } from './sqlite-file.ts'

const port = parentPort
if (port === null) throw new Error('runs as a worker thread')

const database = new DatabaseSync(workerData.path)
database.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA wal_autocheckpoint = 8000;
  PRAGMA journal_size_limit = 67108864;
  PRAGMA cache_size = -16000;
`)
const statements = new Map<string, StatementSync>()

port.on('message', (writes: readonly SqlWrite[] | undefined) => {
  if (writes === undefined) {
    database.close()
    port.close()
    return
  }
  const start = performance.now()
  const error = apply(writes)
  port.postMessage({ error, seconds: (performance.now() - start) / 1000 })
})
port.postMessage('ready')

function apply(writes: readonly SqlWrite[]): string | undefined {
  try {
    database.exec('BEGIN IMMEDIATE')
    for (const [sql, ...values] of writes) prepare(sql).run(...(values as SQLInputValue[]))
    database.exec('COMMIT')
    return undefined
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    return `write failed: ${error instanceof Error ? error.message : String(error)}`
  }
}

function prepare(sql: string): StatementSync {
  let statement = statements.get(sql)
  if (statement === undefined) {
    statement = database.prepare(sql)
    statements.set(sql, statement)
  }
  return statement
}

/** The thread of `WalCheckpointer`: answers each message when it has copied what it found. */
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

const port = parentPort
if (port === null) throw new Error('runs as a worker thread')

const database = new DatabaseSync(workerData.path)
const checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)')
port.on('message', () => port.postMessage(checkpoint.get()))

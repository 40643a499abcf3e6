import { type FileHandle, open } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'

/** A database that its owner alone may read, in WAL mode. SQLite gives the WAL the same mode. */
export async function openDatabase(path: string): Promise<DatabaseSync> {
  await makePrivate(path)
  const database = new DatabaseSync(path)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 67108864')
  return database
}

/**
 * Makes the file before SQLite does. Only ever before: POSIX takes all locks of a process on a file
 * away when it closes any descriptor of it.
 */
export async function makePrivate(path: string): Promise<void> {
  let file: FileHandle
  try {
    file = await open(path, 'wx', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return
    throw error
  }
  await file.close()
}

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  await folder.sync().finally(() => folder.close())
}

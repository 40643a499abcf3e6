import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ChatError } from '@parley/protocol'
import { makePrivate } from '../sqlite/open-database.ts'

/**
 * Refuses a second process for as long as this one lives; killing it frees the folder.
 *
 * Errors: `ChatError('conflict')` when another process has it.
 */
export async function lockFolder(folder: string): Promise<Disposable> {
  const path = join(folder, 'lock.db')
  await makePrivate(path)
  const database = new DatabaseSync(path)
  try {
    // In this mode the lock is kept when the transaction ends.
    database.exec(
      'PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; PRAGMA user_version = 1; COMMIT',
    )
  } catch (cause) {
    database.close()
    throw new ChatError('conflict', `another process uses the data folder ${folder}`, { cause })
  }
  return { [Symbol.dispose]: () => database.close() }
}

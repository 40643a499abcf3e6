import { randomUUID } from 'node:crypto'
import { link, open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from '../sqlite/open-database.ts'

/** The bytes of a file that is made once, whole or not at all, and that its owner alone may read. */
export async function loadOrMakeSecret(path: string, make: () => Uint8Array): Promise<Uint8Array> {
  const known = await load(path)
  if (known !== undefined) return known
  const part = `${path}.${randomUUID()}.part`
  const file = await open(part, 'wx', 0o600)
  try {
    await file.writeFile(make())
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    // Unlike a rename it never replaces what somebody else has made meanwhile.
    await link(part, path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    await rm(part)
  }
  await syncFolder(dirname(path))
  return readFile(path)
}

async function load(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

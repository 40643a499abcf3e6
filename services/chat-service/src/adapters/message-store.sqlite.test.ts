import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { SqliteFile } from '@parley/engines'
import { newGroupId } from '../../tests/people.ts'
import { messageStoreContract, messagesUpTo } from './message-store.contract.ts'
import { SqliteMessageStore } from './message-store.sqlite.ts'

async function open() {
  const folder = await mkdtemp(join(tmpdir(), 'parley-'))
  const file = await SqliteFile.open(join(folder, 'messages.db'))
  const store = await SqliteMessageStore.open(file)
  return {
    file,
    store,
    async [Symbol.asyncDispose]() {
      await file[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

describe('message store in SQLite', () => {
  messageStoreContract(open)

  test('a damaged row is an error, never served', async () => {
    await using scene = await open()
    const conversation = newGroupId()
    await scene.store.append(messagesUpTo(conversation, 2))
    await scene.file.write([["UPDATE messages SET body = x'00' WHERE seq = ?", 2]])
    const range = { conversation, fromSeq: 1, order: 'oldest-first', limit: 5 } as const
    await assert.rejects(scene.store.list({ ...range, toSeq: 2 }), { code: 'internal' })
    assert.equal((await scene.store.list({ ...range, toSeq: 1 })).length, 1)
  })
})

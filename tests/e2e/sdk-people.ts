import assert from 'node:assert/strict'
import type { ConversationId } from '@parley/protocol'
import type { ParleyClient, ParleyEvent } from '@parley/sdk'
import { openOnNode } from '@parley/sdk/node'

export interface PersonInTest extends AsyncDisposable {
  readonly client: ParleyClient
  readonly name: string
  readonly password: string
}

let people = 0

/** Somebody with a fresh account, connected and caught up. */
export async function newPerson(
  url: string,
  kind: string,
  { file }: { file?: string } = {},
): Promise<PersonInTest> {
  people += 1
  const name = `${kind}_${process.pid}_${people}`
  const password = `a long enough secret ${people}`
  const displayName = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`
  const client = await openOnNode({ url, ...(file === undefined ? {} : { file }) })
  await client.signUp({ name, displayName, password })
  client.connect()
  await client.caughtUp()
  return { client, name, password, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() }
}

/** What can be read there, in order. */
export async function texts(client: ParleyClient, conversation: ConversationId): Promise<string[]> {
  if (client.conversation(conversation) === undefined) return []
  const { messages } = await client.timeline({ conversation, limit: 200 })
  return messages.flatMap(({ content }) => (content.kind === 'text' ? [content.text] : []))
}

/** Waits for events until `read` gives what is expected; fails with the difference. */
export async function until<Value>(
  client: ParleyClient,
  read: () => Promise<Value> | Value,
  expected: Value,
  msMax = 10_000,
): Promise<void> {
  const deadline = AbortSignal.timeout(msMax)
  for (;;) {
    const next = nextEvent(client, deadline)
    const value = await read()
    try {
      assert.deepEqual(value, expected)
      return
    } catch (error) {
      if (deadline.aborted) throw error
      await next
    }
  }
}

/** Resolves with the next event, or with nothing when the time is over. */
function nextEvent(client: ParleyClient, deadline: AbortSignal): Promise<ParleyEvent | undefined> {
  const { promise, resolve } = Promise.withResolvers<ParleyEvent | undefined>()
  const subscription = client.subscribe((event) => resolve(event))
  deadline.addEventListener('abort', () => resolve(undefined), { once: true })
  return promise.finally(() => subscription[Symbol.dispose]())
}

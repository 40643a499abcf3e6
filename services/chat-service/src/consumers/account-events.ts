import type { EventLog, LogPartition } from '@parley/engines'
import { decodeAccountEvent, encodeCommandEnvelope, limits, type UserId } from '@parley/protocol'
import type { MessageStore } from '../domain/message-store.ts'
import { currentRules } from '../domain/rules.ts'

/**
 * The consumer of topic `account-events`: tells the conversations of a user that one of his devices
 * was revoked. Telling them again changes nothing.
 */
export async function consumeAccountEvents({
  log,
  messages,
  eventLog,
  signal,
}: {
  readonly log: LogPartition
  readonly messages: MessageStore
  readonly eventLog: Pick<EventLog, 'append'>
  readonly signal: AbortSignal
}): Promise<void> {
  for await (const records of log.read(signal))
    for (const { value, position } of records) {
      const { kind, user, device } = decodeAccountEvent(value)
      if (kind === 'device-revoked')
        for await (const conversation of conversationsOf(user, messages)) {
          const command = { kind: 'system', change: 'device-revoked', user, device } as const
          const envelope = encodeCommandEnvelope({
            conversation,
            sender: user,
            device,
            n: 1,
            prev: 0,
            standing: 0,
            command,
            body: new Uint8Array(0),
            handshake: undefined,
          })
          const record = { key: conversation, value: envelope, rules: currentRules }
          await eventLog.append('commands', [record])
        }
      await log.commit(position.offset + 1)
    }
}

async function* conversationsOf(user: UserId, messages: MessageStore) {
  let before: { readonly atMs: number; readonly conversation: string } | undefined
  for (;;) {
    const page = await messages.conversationsOf(user, { before, limit: limits.storePageRows })
    for (const { conversation, toSeq } of page) if (toSeq === null) yield conversation
    const last = page.at(-1)
    if (last === undefined || page.length < limits.storePageRows) return
    before = { atMs: last.lastActivityMs, conversation: last.conversation }
  }
}

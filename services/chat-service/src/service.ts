import type {
  BlobStore,
  Bus,
  ConsumeOptions,
  EventLog,
  LogPartition,
  SessionRegistry,
  SqliteFile,
} from '@parley/engines'
import { ChatError, chatRoutes, limits } from '@parley/protocol'
import {
  type Clock,
  httpApp,
  type Log,
  openApiPaths,
  type Service,
  type VerifyToken,
} from '@parley/runtime'
import { LogConversationEvents } from './adapters/conversation-events.log.ts'
import { SqliteDeviceBox } from './adapters/device-box.sqlite.ts'
import { DurableSink } from './adapters/durable-sink.ts'
import { EdgeRelay } from './adapters/edge-relay.ts'
import { SqliteEditionStore } from './adapters/edition-store.sqlite.ts'
import { SqliteMarkStore } from './adapters/mark-store.sqlite.ts'
import { SqliteMessageStore } from './adapters/message-store.sqlite.ts'
import { SqliteUserLogStore } from './adapters/user-log-store.sqlite.ts'
import { consumeAccountEvents } from './consumers/account-events.ts'
import { commandsConsumer } from './consumers/commands.ts'
import { underEditionInForce } from './consumers/edition-in-force.ts'
import { userEventsConsumer } from './consumers/user-events.ts'
import { commandBlobRoutes } from './http/command-blobs.ts'
import { deviceBoxRoutes } from './http/device-box.ts'
import { internalRoutes } from './http/internal.ts'
import { listConversations } from './http/list-conversations.ts'
import { listMessages } from './http/list-messages.ts'
import { markRoutes } from './http/marks.ts'
import { readConversation } from './http/read-conversation.ts'
import { sync } from './http/sync.ts'

/** What this service is given. It never asks how the process is deployed. */
export interface ChatServiceContext {
  readonly eventLog: EventLog
  /** The file of the embedded engines; its rows share group commits with the log. */
  readonly file: SqliteFile
  readonly bus: Bus
  readonly sessionRegistry: SessionRegistry
  readonly blobStore: BlobStore
  readonly verify: VerifyToken
  readonly clock: Clock
  readonly log: Log
  /** Of the stores: another one tells clients to reload. */
  readonly epoch: string
}

/** Disposing finishes what is in flight and commits it. */
export interface ChatService extends Service {
  readonly openApi: ReturnType<typeof openApiPaths>
}

const retentionPeriodMs = 3_600_000
const restartPauseMs = 500

export async function startChatService(context: ChatServiceContext): Promise<ChatService> {
  const { file, eventLog, bus, sessionRegistry, blobStore, clock, log, epoch } = context
  await using resources = new AsyncDisposableStack()

  const messages = await SqliteMessageStore.open(file)
  const entries = await SqliteUserLogStore.open(file)
  const boxes = await SqliteDeviceBox.open(file)
  const marks = await SqliteMarkStore.open(file)
  const editions = await SqliteEditionStore.open(file)
  const relay = new EdgeRelay({ bus, registry: sessionRegistry })
  const deliveries = new DurableSink(file, relay)
  const events = new LogConversationEvents({ eventLog, boxes, blobs: blobStore })

  const frozen = new Set<string>()
  const stop = new AbortController()
  const consumers = [
    consume('commands', 'sequencer', (partition, signal) =>
      commandsConsumer({
        log: underEditionInForce(partition, editions),
        messages,
        events,
      }).run(signal),
    ),
    consume('user-events', 'user-log', (partition, signal) =>
      userEventsConsumer({ log: partition, entries, deliveries }).run(signal),
    ),
    consume('account-events', 'chat-accounts', (partition, signal) =>
      consumeAccountEvents({ log: partition, messages, eventLog, signal }),
    ),
  ]
  resources.defer(async () => {
    stop.abort()
    await Promise.allSettled(consumers)
  })
  resources.use(
    clock.every(retentionPeriodMs, () => {
      const nowMs = clock.nowMs()
      const trims = [
        entries.trim(nowMs - limits.syncAgeMsMax),
        boxes.trim(nowMs - limits.deviceBoxAgeMsMax),
      ]
      Promise.all(trims).catch((error: unknown) => log.warn('retention-failed', { error }))
    }),
  )

  const answer = httpApp({
    verify: context.verify,
    report: (error) => log.error('request-failed', { error }),
    routes: [
      listConversations({ messages, marks, entries, epoch }),
      readConversation({ messages }),
      listMessages({ messages }),
      sync({ messages, entries, epoch }),
      ...markRoutes({ messages, marks, relay }),
      ...deviceBoxRoutes({ boxes }),
      ...commandBlobRoutes({ blobs: blobStore, messages }),
      ...internalRoutes({ messages, entries, epoch }),
    ],
  })

  const owned = resources.move()
  return {
    // A read sees what is applied, and nobody may be told of what a power cut would take back.
    async fetch(request) {
      const response = await answer(request)
      await file.durable()
      return response
    },
    openApi: openApiPaths(chatRoutes, 'chat'),
    faults: () => [...frozen].map((name) => `partition ${name} is halted`),
    ended: Promise.all(consumers).then(() => undefined),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }

  /** Runs a consumer for as long as the service lives; there is one way to recover: start again. */
  async function consume(
    topic: ConsumeOptions['topic'],
    group: string,
    own: (partition: LogPartition, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    while (!stop.signal.aborted)
      try {
        await eventLog.consume({ topic, group, signal: stop.signal, run })
      } catch (error) {
        log.error('consumer-failed', { topic, error })
        await clock.sleep(restartPauseMs, stop.signal).catch(() => {})
      }

    async function run(partition: LogPartition): Promise<void> {
      try {
        await own(partition, stop.signal)
      } catch (error) {
        if (!(error instanceof ChatError) || error.code !== 'partition-halted') throw error
        // Somebody has to look before it goes on. The other partitions do not wait for that.
        frozen.add(`${topic}/${partition.index}`)
        log.error('partition-halted', { topic, partition: partition.index, error })
      }
    }
  }
}

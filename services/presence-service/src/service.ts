import type { Bus, EphemeralStore, SessionRegistry } from '@parley/engines'
import {
  ChatError,
  decodePresenceInput,
  type EdgeDelivery,
  edgeChannel,
  encodeEdgeBatch,
  encodeFrame,
  limits,
  type PresenceInput,
  type PresenceSession,
  presenceShardChannel,
  presenceShards,
  type UserId,
} from '@parley/protocol'
import {
  type Clock,
  errorResponse,
  type Metrics,
  type Report,
  type Service,
  type ServiceFetch,
} from '@parley/runtime'
import { ChatMemberships } from './chat-memberships.ts'
import type { PresenceConfig } from './config.ts'
import { Presence, type PresenceChange, type PresenceState } from './domain/presence.ts'
import { LastSeen } from './last-seen.ts'
import { presenceMetrics } from './metrics.ts'

/** What this service is given. It never asks how the process is deployed. */
export interface PresenceServiceContext {
  readonly bus: Bus
  readonly sessionRegistry: Pick<SessionRegistry, 'sessionsOf'>
  readonly ephemeralStore: Pick<EphemeralStore, 'get' | 'set'>
  readonly chat: ServiceFetch
  readonly clock: Clock
  readonly metrics: Metrics
  readonly config: PresenceConfig
  readonly report: Report
}

/** More people than this see nobody type. */
const typingMembersMax = 256
const tickMs = 1_000
const nobody: ReadonlySet<UserId> = new Set()

/** Nothing that is under way when it is disposed is missed by anybody. */
export async function startPresenceService(context: PresenceServiceContext): Promise<Service> {
  const { bus, sessionRegistry, clock, config, report } = context
  await using resources = new AsyncDisposableStack()
  const metrics = presenceMetrics(context.metrics)
  const { offlineAfterMs, rememberMs } = config
  const presence = new Presence({ leaseMs: limits.sessionLeaseMs, offlineAfterMs })
  const chat = new ChatMemberships({ fetch: context.chat, clock, rememberMs })
  const lastSeen = new LastSeen(context.ephemeralStore)
  /** Lists of watched users that are being looked up. */
  const newestWatch = new Map<string, object>()

  for (let shard = 0; shard < presenceShards; shard += 1)
    resources.use(
      await bus.subscribe(presenceShardChannel(shard), (message) => {
        take(shard, message).catch((error: unknown) => {
          report(error instanceof Error ? error : new Error('no error', { cause: error }))
        })
      }),
    )
  resources.use(
    clock.every(Math.max(10, Math.min(tickMs, offlineAfterMs / 4)), () => {
      for (const change of presence.tick(clock.nowMs())) tell(change)
    }),
  )

  async function take(shard: number, message: Uint8Array): Promise<void> {
    const input = decodePresenceInput(message)
    switch (input.kind) {
      case 'connected':
        return tell(presence.connected(input.session, clock.nowMs()))
      case 'disconnected':
        return presence.disconnected(input.session, clock.nowMs())
      case 'watch':
        return watch(shard, input)
      case 'sealed':
        return relay(input)
    }
  }

  /** Tells how it is now, and from now on what changes; of strangers nothing. */
  async function watch(
    shard: number,
    { session, users }: Extract<PresenceInput, { kind: 'watch' }>,
  ): Promise<void> {
    const key = `${shard}:${session.connection}`
    const mine = {}
    newestWatch.set(key, mine)
    const peers = users.length === 0 ? nobody : await chat.peers(session.user).catch(() => nobody)
    // A later list, or the end of the socket, has come meanwhile.
    if (newestWatch.get(key) !== mine) return
    newestWatch.delete(key)
    const seen = new Set(users.filter((user) => peers.has(user) || user === session.user))
    presence.watch(shard, session, seen)
    for (const user of seen) {
      const state = presence.stateOf(user)
      if (!state.isOnline && state.lastSeenMs === 0)
        presence.remember(user, await lastSeen.read(user))
      send([session], presenceFrame(user, presence.stateOf(user)))
    }
  }

  /** To everybody in the conversation, if the sender is one of them. */
  async function relay(input: Extract<PresenceInput, { kind: 'sealed' }>): Promise<void> {
    const { session, conversation, payload } = input
    const { user, device, connection } = session
    const members = await chat.members(conversation, user)
    if (!members.has(user) || members.size > typingMembersMax) return metrics.signalled('refused')
    metrics.signalled('relayed')
    const sessions = await sessionRegistry.sessionsOf([...members])
    const receivers = [...sessions.values()].flat().filter((one) => one.connection !== connection)
    const sealed = { kind: 'signal', signal: 'sealed', sender: user } as const
    send(receivers, encodeFrame({ ...sealed, conversation, device, payload }))
  }

  function tell(change: PresenceChange | undefined): void {
    if (change === undefined) return
    const { user, state, watchers } = change
    if (!state.isOnline) lastSeen.write(user, state.lastSeenMs).catch(report)
    metrics.changed(watchers.length)
    send(watchers, presenceFrame(user, state))
  }

  /** One batch for each edge; a device gets a frame once. */
  function send(receivers: readonly PresenceSession[], bytes: Uint8Array): void {
    const edges = new Map<string, Map<string, EdgeDelivery>>()
    for (const { edge, user, device } of receivers) {
      const batch = edges.get(edge) ?? new Map<string, EdgeDelivery>()
      edges.set(edge, batch.set(device, { user, device, isEphemeral: true, pts: 0, bytes }))
    }
    for (const [edge, batch] of edges)
      bus.publish(edgeChannel(edge), encodeEdgeBatch([...batch.values()]))
  }

  const owned = resources.move()
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  const answerError = errorResponse(report)
  return {
    fetch: async (request) => answerError(new ChatError('not-found', 'no such route'), request),
    faults: () => [],
    ended,
    async [Symbol.asyncDispose]() {
      await owned.disposeAsync()
      end()
    },
  }
}

function presenceFrame(user: UserId, { isOnline, lastSeenMs }: PresenceState): Uint8Array {
  return encodeFrame({ kind: 'signal', signal: 'presence', user, isOnline, lastSeenMs })
}

import { type ApiGateway, startApiGateway } from '@parley/api-gateway'
import { startChatService } from '@parley/chat-service'
import type { EmbeddedEngines } from '@parley/engines'
import { startPresenceService } from '@parley/presence-service'
import { ChatError } from '@parley/protocol'
import {
  type Clock,
  createTokenVerifier,
  type Log,
  type Metrics,
  type RandomSource,
  RevocationList,
  type Role,
  type ServiceFetch,
  type VerifyToken,
} from '@parley/runtime'
import { startUserService, type UserService } from '@parley/user-service'
import type { RoleName } from './role-names.ts'
import type { Settings } from './settings.ts'

export interface RoleContext {
  readonly engines: EmbeddedEngines
  readonly settings: Settings
  readonly clock: Clock
  readonly random: RandomSource
  readonly log: Log
  readonly metrics: Metrics
  readonly publicUrl: string
  readonly webFolder: string
}

export interface RoleTable extends Record<RoleName, Role<RoleName>> {}

/** What each role needs, and how it is started from what the process has. */
export function roleTable(
  context: RoleContext,
  started: { users?: UserService; gateway?: ApiGateway },
): RoleTable {
  const { engines, settings, clock, random, log, metrics, publicUrl, webFolder } = context
  const { eventLog, bus, sessionRegistry, ephemeralStore, blobStore, file, epoch } = engines
  const { cell } = settings.core
  const report = (error: Error) => log.error('unexpected', { error })
  return {
    'user-service': {
      needs: [],
      async start() {
        const key = await engines.secret('key-ring', 32)
        started.users = await startUserService({
          openSql: engines.openSql,
          eventLog,
          bus,
          sessionRegistry,
          ephemeralStore,
          clock,
          random,
          log,
          metrics,
          config: settings.user,
          keyRing: [{ id: '1', key }],
          cell,
          report,
        })
        return started.users
      },
    },
    'chat-service': {
      needs: ['user-service'],
      async start({ signal, fetchOf }) {
        return startChatService({
          eventLog,
          file,
          bus,
          sessionRegistry,
          blobStore,
          verify: await verifier({ users: fetchOf('user-service'), signal, context }),
          clock,
          log,
          epoch,
        })
      },
    },
    'presence-service': {
      needs: ['chat-service'],
      start: ({ fetchOf }) =>
        startPresenceService({
          bus,
          sessionRegistry,
          ephemeralStore,
          chat: fetchOf('chat-service'),
          clock,
          metrics,
          config: settings.presence,
          report,
        }),
    },
    'api-gateway': {
      needs: ['user-service', 'chat-service', 'presence-service'],
      async start({ fetchOf }) {
        started.gateway = await startApiGateway({
          eventLog,
          bus,
          sessionRegistry,
          ephemeralStore,
          fetchOf,
          clock,
          random,
          metrics,
          report,
          config: settings.gateway,
          cell,
          publicUrl,
          webFolder,
        })
        return started.gateway
      },
    },
  }
}

/** Verifies access tokens for a role, with what user-service says. */
async function verifier({
  users,
  signal,
  context: { engines, clock, log },
}: {
  readonly users: ServiceFetch
  readonly signal: AbortSignal
  readonly context: RoleContext
}): Promise<VerifyToken> {
  const report = (error: Error) => log.warn('revocations-unread', { error })
  const list = await RevocationList.open({ bus: engines.bus, fetch: users, clock, report })
  signal.addEventListener('abort', () => list[Symbol.dispose]())
  return createTokenVerifier({
    async fetchKeys() {
      const response = await users(new Request('http://user-service/.well-known/jwks.json'))
      if (!response.ok) throw new ChatError('unavailable', 'the signing keys cannot be read')
      // The verifier looks at each key before it uses it.
      return (await response.json()) as { keys: readonly Readonly<Record<string, unknown>>[] }
    },
    clock,
    isRevoked: (token) => list.isRevoked(token),
  })
}

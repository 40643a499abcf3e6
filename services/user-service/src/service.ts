import { availableParallelism } from 'node:os'
import type {
  Bus,
  EphemeralStore,
  EventLog,
  Migrations,
  SessionRegistry,
  SqlEngine,
} from '@parley/engines'
import {
  accountRoutes,
  ChatError,
  limits,
  newDeviceId,
  newUserId,
  type UserId,
} from '@parley/protocol'
import {
  type Clock,
  createTokenVerifier,
  httpApp,
  type Log,
  type Metrics,
  type OpenApiPaths,
  openApiPaths,
  type RandomSource,
  type Report,
  RevocationList,
  type Service,
} from '@parley/runtime'
import { AccountAnnouncer } from './account-announcer.ts'
import { JoseAccessTokens } from './adapters/access-tokens.jose.ts'
import { SqlAccountOutbox } from './adapters/account-outbox.sql.ts'
import { SqlAccounts } from './adapters/accounts.sql.ts'
import { SqlAuditLog } from './adapters/audit-log.sql.ts'
import { SqlBlocks } from './adapters/blocks.sql.ts'
import { verifyDeviceKey } from './adapters/device-key-signature.webcrypto.ts'
import { SqlDevices } from './adapters/devices.sql.ts'
import { SqlKeyPackages } from './adapters/key-packages.sql.ts'
import { BusNotices } from './adapters/notices.bus.ts'
import { Argon2PasswordHasher } from './adapters/password-hasher.argon2.ts'
import { EphemeralRateLimiter } from './adapters/rate-limiter.ephemeral.ts'
import { HmacRefreshTokens } from './adapters/refresh-tokens.hmac.ts'
import { type KeyRing, Sealer } from './adapters/sealer.ts'
import { SqlSessions } from './adapters/sessions.sql.ts'
import { SqlSigningKeys } from './adapters/signing-keys.sql.ts'
import { rateLimitsOf, type UserConfig } from './config.ts'
import { PasswordCheck } from './domain/password-check.ts'
import { type Newcomer, Registration } from './domain/registration.ts'
import { idleMsMax } from './domain/session-renewal.ts'
import { WorkQueue } from './domain/work-queue.ts'
import { approveDevice } from './http/approve-device.ts'
import { auditing } from './http/audit.ts'
import { blockUser } from './http/block-user.ts'
import { changeProfile } from './http/change-profile.ts'
import { claimKeyPackages } from './http/claim-key-packages.ts'
import { countKeyPackages } from './http/count-key-packages.ts'
import { findUser } from './http/find-user.ts'
import { listBlocks } from './http/list-blocks.ts'
import { listDevices } from './http/list-devices.ts'
import { listRevocations } from './http/list-revocations.ts'
import { deviceMaker } from './http/new-device.ts'
import { publishKeyPackages } from './http/publish-key-packages.ts'
import { putAccountKey } from './http/put-account-key.ts'
import { putDeviceKey } from './http/put-device-key.ts'
import { readApproval } from './http/read-approval.ts'
import { readJwks } from './http/read-jwks.ts'
import { readOwnProfile } from './http/read-own-profile.ts'
import { readProfiles } from './http/read-profiles.ts'
import { readUserKeys } from './http/read-user-keys.ts'
import { refreshSession } from './http/refresh-session.ts'
import { renameDevice } from './http/rename-device.ts'
import { revokeDevice } from './http/revoke-device.ts'
import { signIn } from './http/sign-in.ts'
import { signOut } from './http/sign-out.ts'
import { signUp } from './http/sign-up.ts'
import { sessionStarter } from './http/start-session.ts'
import { unblockUser } from './http/unblock-user.ts'
import { userMetrics } from './metrics.ts'
import { migrations } from './schema/migrations.ts'
import type { Tables } from './schema/tables.ts'

/** What this service is given. It never asks how the process is deployed. */
export interface UserServiceContext {
  /** Opens the service's database, with the migrations applied. */
  readonly openSql: (name: string, migrations: Migrations) => Promise<SqlEngine<Tables>>
  readonly ephemeralStore: EphemeralStore
  readonly eventLog: EventLog
  readonly bus: Bus
  readonly sessionRegistry: SessionRegistry
  readonly clock: Clock
  readonly random: RandomSource
  readonly log: Log
  readonly metrics: Metrics
  readonly config: UserConfig
  /** Seals password hashes and signing keys; refresh tokens follow from it. 32 bytes each or more. */
  readonly keyRing: KeyRing
  /** The cell that new ids name. */
  readonly cell: number
  /** Told of errors that nobody expected. */
  readonly report: Report
}

export interface UserService extends Service {
  /** The paths of its OpenAPI document. */
  openapi(): OpenApiPaths
  /** For the operator: an account without device, free of rate limits. Errors as for a sign-up. */
  createAccount(newcomer: Newcomer): Promise<UserId>
}

/** About how long Argon2id takes with the default cost. */
const hashMs = 150
const upkeepMs = 3_600_000
const claimedKeptMs = 45 * 24 * 3_600_000

/** Disposing finishes what is under way and closes the database. */
export async function startUserService(context: UserServiceContext): Promise<UserService> {
  const { clock, random, config, keyRing, cell, bus, report } = context
  await using resources = new AsyncDisposableStack()
  const sql = resources.use(await context.openSql('users', migrations))
  const nowMs = () => clock.nowMs()
  const metrics = userMetrics(context.metrics)

  const accounts = new SqlAccounts(sql)
  const devices = new SqlDevices(sql)
  const sessions = new SqlSessions(sql)
  const keyPackages = new SqlKeyPackages(sql)
  const blocks = new SqlBlocks(sql)
  const audit = auditing(new SqlAuditLog(sql), nowMs, report)
  const refreshTokens = new HmacRefreshTokens(keyRing, random)
  const accessTokens = await JoseAccessTokens.open(
    new SqlSigningKeys(sql),
    new Sealer(keyRing, 'signing-key', random),
    clock,
  )
  const limiter = new EphemeralRateLimiter({
    store: context.ephemeralStore,
    limits: rateLimitsOf(config),
    clock,
    onRefused: metrics.refusedBy,
  })
  const hashQueue = new WorkQueue({
    workers: config.hashWorkers === 0 ? availableParallelism() : config.hashWorkers,
    waitingMax: limits.passwordHashQueue,
    pieceMs: hashMs,
    onLength: metrics.queued,
  })
  const hasher = new Argon2PasswordHasher(
    { memoryKiB: config.hashMemoryKib, passes: config.hashPasses },
    hashQueue,
    new Sealer(keyRing, 'password', random),
  )
  const passwords = new PasswordCheck({ accounts, hasher, limiter })
  const notices = new BusNotices(bus, context.sessionRegistry, report)
  const announcer = resources.use(
    new AccountAnnouncer({
      outbox: new SqlAccountOutbox(sql),
      devices,
      eventLog: context.eventLog,
      bus,
      clock,
      report,
    }),
  )
  const idParts = () => ({ atMs: nowMs(), cell, random: random.bits64() })
  const registration = new Registration({
    accounts,
    hasher,
    nowMs,
    newUserId: () => newUserId(idParts()),
    fraction: () => random.fraction(),
  })
  const newDevice = deviceMaker(() => newDeviceId(idParts()), nowMs)
  const startSession = sessionStarter({ sessions, refreshTokens, accessTokens, nowMs })
  const origins = config.origins.split(/\s+/).filter((origin) => origin !== '')
  const announce = announcer.revoked.bind(announcer)
  const onAccountEvent = announcer.flush.bind(announcer)
  const keys = { accounts, devices, notices, verifyDeviceKey, onAccountEvent, audit }
  const signInCount = metrics.signedIn

  const revocationRoute = listRevocations({ devices, nowMs })
  const fetchRevocations = httpApp({
    routes: [revocationRoute],
    verify: () => Promise.reject(new Error('internal routes want no token')),
    report,
  })
  const revocations = resources.use(
    await RevocationList.open({ bus, fetch: fetchRevocations, clock, report }),
  )
  const verify = createTokenVerifier({
    fetchKeys: async () => accessTokens.publicKeys(),
    clock,
    isRevoked: (token) => revocations.isRevoked(token),
  })

  const fetch = httpApp({
    verify,
    report,
    routes: [
      signUp({ registration, limiter, newDevice, startSession, audit, origins }),
      signIn({
        passwords,
        devices,
        limiter,
        newDevice,
        startSession,
        notices,
        audit,
        origins,
        count: signInCount,
      }),
      refreshSession({
        renewal: { sessions, refreshTokens, nowMs },
        accounts,
        devices,
        accessTokens,
        audit,
        origins,
      }),
      signOut({ sessions, audit, nowMs }),
      listDevices({ devices }),
      renameDevice({ devices, notices }),
      revokeDevice({ devices, passwords, notices, announce, audit, nowMs }),
      putDeviceKey(keys),
      approveDevice(keys),
      readApproval({ devices }),
      readOwnProfile({ accounts }),
      changeProfile({ accounts }),
      findUser({ accounts, limiter }),
      readProfiles({ accounts }),
      readUserKeys({ accounts }),
      putAccountKey({ accounts, audit }),
      listBlocks({ blocks }),
      blockUser({ blocks }),
      unblockUser({ blocks }),
      publishKeyPackages({ devices, keyPackages, nowMs }),
      countKeyPackages({ keyPackages }),
      claimKeyPackages({ keyPackages, blocks, limiter, notices, nowMs }),
      readJwks({ accessTokens }),
      revocationRoute,
    ],
  })

  resources.use(
    clock.every(upkeepMs, () => {
      const upkeep = [
        accessTokens.rotate(),
        sessions.forget(nowMs() - 2 * idleMsMax),
        keyPackages.forget(nowMs() - claimedKeptMs),
      ]
      Promise.all(upkeep).catch((cause: unknown) =>
        report(new Error('the hourly upkeep failed', { cause })),
      )
    }),
  )

  const owned = resources.move()
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  return {
    fetch,
    faults: () => [],
    ended,
    openapi: () => openApiPaths(accountRoutes, 'accounts'),
    async createAccount(newcomer) {
      const { name, displayName, password } = accountRoutes.signUp.request.shape
      const shape = { name, displayName, password }
      for (const [field, rule] of Object.entries(shape)) {
        const found = rule.safeParse(newcomer[field as keyof typeof shape])
        const [issue] = found.error?.issues ?? []
        if (issue !== undefined) throw new ChatError('bad-request', `${field}: ${issue.message}`)
      }
      await registration.check(newcomer)
      return (await registration.create(newcomer, () => undefined)).user
    },
    async [Symbol.asyncDispose]() {
      await owned.disposeAsync()
      end()
    },
  }
}

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newConnectionId, newDeviceId, newUserId, type UserId } from '@parley/protocol'
import { insist, undisturbed } from '../../tests/insist.ts'
import type { Session, SessionRegistry } from './session-registry.ts'

export interface SessionRegistryUnderTest extends AsyncDisposable {
  readonly registry: SessionRegistry
  /** The same sessions, as another process sees them. */
  readonly elsewhere: SessionRegistry
  /** `limits.sessionLeaseMs`, or shorter where the engine has a clock of its own. */
  readonly leaseMs: number
  /** How often sessions have vanished, as far as is known. */
  readonly losses: number
  /** Lets time pass: of the clock that the registry was given, or of the world. */
  pass(ms: number): Promise<void>
  /** Everything vanishes. */
  empty(): Promise<void>
}

/** What `SessionRegistry` promises, checked on one adapter. The test of every adapter calls it. */
export function sessionRegistryContract(open: () => Promise<SessionRegistryUnderTest>): void {
  describe('keeps the contract of SessionRegistry', { timeout: 60_000 }, () => {
    /** `check` makes its own users, and is done again when something has disturbed it. */
    const holds = (title: string, check: (opened: SessionRegistryUnderTest) => Promise<void>) =>
      test(title, async () => {
        await using opened = await open()
        await undisturbed(opened, () => check(opened))
      })

    holds('everyone finds what was announced, as it was', async (opened) => {
      const { registry, elsewhere } = opened
      const session = newSession()
      await registry.announce([session])
      for (const each of [registry, elsewhere])
        assert.deepEqual(await found(each, session.user), [session])
    })

    holds('finds all sessions of all who are asked for, and of nobody else', async (opened) => {
      const { registry } = opened
      const a = newSession()
      const b = [newSession(), newSession()].map((each) => ({ ...each, user: newUser() }))
      const tablet = newSession(a.user)
      const stranger = newSession()
      await registry.announce([a, ...b, tablet, stranger])
      const asked = [a.user, ...b.map(({ user }) => user), newUser()]
      const sessions = await registry.sessionsOf(asked)
      assert.deepEqual([...sessions.keys()].sort(), asked.slice(0, 3).sort())
      assert.deepEqual(byConnection(sessions.get(a.user)), byConnection([a, tablet]))
      for (const each of b) assert.deepEqual(sessions.get(each.user), [each])
    })

    holds('many are announced, found and withdrawn at once', async ({ registry }) => {
      const all = Array.from({ length: 1_000 }, () => newSession())
      const users = all.map(({ user }) => user)
      await registry.announce(all)
      assert.equal((await registry.sessionsOf(users)).size, 1_000)
      await registry.withdraw(all.slice(0, 600))
      assert.equal((await registry.sessionsOf(users)).size, 400)
    })

    holds('nothing is announced, withdrawn or asked for', async ({ registry }) => {
      await registry.announce([])
      await registry.withdraw([])
      assert.equal((await registry.sessionsOf([])).size, 0)
    })

    holds('a session that was withdrawn is not found, and others are', async (opened) => {
      const { registry, elsewhere } = opened
      const phone = newSession()
      const tablet = newSession(phone.user)
      await registry.announce([phone, tablet])
      await elsewhere.withdraw([phone])
      assert.deepEqual(await found(registry, phone.user), [tablet])
      await registry.withdraw([phone, tablet, newSession()])
      assert.equal((await registry.sessionsOf([phone.user])).size, 0)
    })

    holds('a late withdrawal does not end the newer session of the device', async (opened) => {
      const { registry } = opened
      const older = newSession()
      const newer = { ...older, edge: 'edge-2', connection: newSession().connection }
      await registry.announce([older])
      await registry.announce([newer])
      await registry.withdraw([older])
      assert.deepEqual(await found(registry, older.user), [newer])
    })

    holds('announcing twice is announcing once', async ({ registry }) => {
      const session = newSession()
      for (let time = 0; time < 3; time += 1) await registry.announce([session, session])
      assert.deepEqual(await found(registry, session.user), [session])
      await registry.withdraw([session])
      assert.deepEqual(await found(registry, session.user), [])
    })

    holds('a session outlives its edge by one lease at most', async (opened) => {
      const { registry, leaseMs } = opened
      const session = newSession()
      await registry.announce([session])
      await opened.pass(leaseMs * 0.5)
      assert.deepEqual(await found(registry, session.user), [session])
      await opened.pass(leaseMs * 0.6)
      assert.deepEqual(await found(registry, session.user), [])
    })

    holds('announcing again prolongs this lease, and no other of the user', async (opened) => {
      const { registry, leaseMs } = opened
      const kept = newSession()
      const left = newSession(kept.user)
      await registry.announce([kept, left])
      for (let third = 0; third < 4; third += 1) {
        await opened.pass(leaseMs / 3)
        await registry.announce([kept])
      }
      assert.deepEqual(await found(registry, kept.user), [kept])
    })

    test('vanishing is no error, and announcing again fills it', async () => {
      await using opened = await open()
      const { registry } = opened
      const session = newSession()
      await insist(() => registry.announce([session]))
      await opened.empty()
      assert.equal((await insist(() => registry.sessionsOf([session.user]))).size, 0)
      await insist(() => registry.withdraw([session]))
      await undisturbed(opened, async () => {
        await registry.announce([session])
        assert.deepEqual(await found(registry, session.user), [session])
      })
    })
  })
}

async function found(registry: SessionRegistry, user: UserId): Promise<readonly Session[]> {
  return (await registry.sessionsOf([user])).get(user) ?? []
}

function byConnection(sessions: readonly Session[] = []): readonly Session[] {
  return sessions.toSorted((a, b) => (a.connection < b.connection ? -1 : 1))
}

let made = 0n

function parts() {
  made += 1n
  return { atMs: 1_000, cell: 0, random: made }
}

function newUser(): UserId {
  return newUserId(parts())
}

function newSession(user = newUser()): Session {
  const device = newDeviceId(parts())
  return { user, device, edge: 'edge-1', connection: newConnectionId(parts()) }
}

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { directConversationId, type StoredMessage } from '@parley/protocol'
import { SeededRandom } from '@parley/testing'
import { newPerson, type Person, withNewDevice } from '../../tests/people.ts'
import { commit, create, Script, sendCommand } from '../../tests/script.ts'
import { randomCommand } from '../../tests/simulation/random-command.ts'
import { emptyConversation, evolve } from './conversation.ts'
import { decodeSnapshot, encodeSnapshot } from './conversation-snapshot.ts'
import { type Decision, decide } from './sequencer.ts'

const alice = newPerson()
const bob = newPerson()
const carol = newPerson()

describe('sequencer', () => {
  test('the creator and everyone named see the first message', () => {
    const { store, publish } = new Script().submit(alice, create('group', alice, [bob]))
    assert.equal(store?.seq, 1)
    assert.deepEqual(receivers(publish), [alice.user, bob.user])
  })

  test('[P24] messages get the next place, and the sender is told like everyone else', () => {
    const script = new Script().group(alice, bob)
    const { store, publish } = script.send(bob, { body: Uint8Array.of(1, 2) })
    assert.equal(store?.seq, 2)
    assert.deepEqual(store?.body, Uint8Array.of(1, 2))
    assert.deepEqual(receivers(publish), [alice.user, bob.user])
  })

  test('time is that of the log, and never goes back', () => {
    const script = new Script().group(alice)
    script.send(alice, { timestampMs: 5_000 })
    assert.equal(script.send(alice, { timestampMs: 4_000 }).store?.atMs, 5_000)
  })

  test('silent messages are not counted as unread', () => {
    const script = new Script().group(alice, bob)
    assert.equal(script.send(alice).store?.counted, 1)
    const silent = { ...sendCommand(1, 2), isSilent: true } as const
    assert.equal(script.submit(alice, silent).store?.counted, 1)
  })

  describe('creation', () => {
    test('of a direct conversation is for the two whose id it is', () => {
      const id = directConversationId(alice.user, bob.user)
      assert.equal(new Script(id).submit(alice, create('direct', alice, [bob])).store?.seq, 1)
      const foreign = new Script(id).submit(carol, create('direct', carol, [bob]))
      assert.equal(rejectionIn(foreign), 'not-allowed')
      const three = new Script(id).submit(alice, create('direct', alice, [bob, carol]))
      assert.equal(rejectionIn(three), 'not-allowed')
    })

    test('[N16] happens once: who comes second is told', () => {
      const id = directConversationId(alice.user, bob.user)
      const script = new Script(id)
      script.submit(alice, create('direct', alice, [bob]))
      const second = script.submit(bob, create('direct', bob, [alice]), { standing: 0 })
      assert.equal(rejectionIn(second), 'already-exists')
    })

    test('names its leaves: own device in it, nobody foreign, none twice', () => {
      const whole = create('group', alice, [bob])
      assert.ok(whole.kind === 'create')
      for (const devices of [[bob], [alice, carol], [alice, bob, bob]])
        assert.equal(rejectionIn(new Script().submit(alice, { ...whole, devices })), 'not-allowed')
    })

    test('without encryption is refused', () => {
      const whole = create('group', alice, [bob])
      const plain = { ...whole, encryption: 'server' } as typeof whole
      assert.equal(rejectionIn(new Script().submit(alice, plain)), 'not-allowed')
    })

    test('of more than 256 members is refused, of 256 is not', () => {
      const others = Array.from({ length: 256 }, newPerson)
      const full = new Script().submit(alice, create('group', alice, others))
      assert.equal(rejectionIn(full), 'full')
      const most = new Script().submit(alice, create('group', alice, others.slice(1)))
      assert.equal(most.store?.seq, 1)
    })
  })

  describe('counters of a device', () => {
    test('[P25] [rule 4] [N1] a retry is acknowledged again and stored once', () => {
      const script = new Script().group(alice, bob)
      const first = script.send(bob, { n: 1, prev: 0 })
      script.send(alice)
      const { store, publish } = script.send(bob, { n: 1, prev: 0 })
      assert.equal(store, undefined)
      assert.partialDeepStrictEqual(publish, [{ kind: 'ack', n: 1, seq: first.store?.seq }])
      assert.equal(script.state.seq, 3)
    })

    test('[P25] [rule 4] [N2] the first body of an n stands, whatever a retry says', () => {
      const script = new Script().group(alice, bob)
      script.send(bob, { n: 1, prev: 0, body: Uint8Array.of(1) })
      const retry = script.send(bob, { n: 1, prev: 0, body: Uint8Array.of(2) })
      assert.equal(retry.store, undefined)
    })

    test('[P25] [rule 4] the ack of an old retry covers all that came after it', () => {
      const script = new Script().group(alice, bob)
      script.send(bob)
      script.send(bob)
      const { publish } = script.send(bob, { n: 1, prev: 0 })
      assert.partialDeepStrictEqual(publish, [{ kind: 'ack', n: 2, seq: 3 }])
    })

    test('[P23] [P27] [rule 4] [N13] a command that overtook another is sent back with the expected value', () => {
      const script = new Script().group(alice, bob)
      const { store, publish } = script.send(bob, { n: 2, prev: 1 })
      assert.equal(store, undefined)
      assert.partialDeepStrictEqual(publish, [{ reason: 'out-of-order', accepted: 0 }])
    })

    test('[P26] [rule 4] a rejected command consumes nothing', () => {
      const script = new Script().group(alice, bob)
      script.send(bob)
      assert.equal(rejectionIn(script.submit(bob, sendCommand(7, 1))), 'wrong-epoch')
      assert.equal(script.send(bob, { n: 3, prev: 1 }).store?.n, 3)
    })

    test('[P23] [N4] are counted for each device of a user', () => {
      const script = new Script().group(alice, bob)
      const tablet = withNewDevice(bob)
      script.commit(alice, { add: [] })
      script.submit(alice, {
        kind: 'commit',
        epoch: script.state.epoch,
        addUsers: [],
        removeUsers: [],
        addDevices: [tablet],
        removeDevices: [],
      })
      script.send(bob)
      assert.equal(script.send(tablet).store?.n, 1)
    })

    test('a generation that was used before means a copied device', () => {
      const script = new Script().group(alice, bob)
      script.submit(bob, sendCommand(1, 5))
      for (const generation of [5, 4])
        assert.equal(rejectionIn(script.submit(bob, sendCommand(1, generation))), 'device-copied')
      assert.equal(script.submit(bob, sendCommand(1, 6)).store?.seq, 3)
    })
  })

  describe('membership', () => {
    test('[rule 13] whoever is not a member is not heard', () => {
      const script = new Script().group(alice, bob)
      assert.equal(rejectionIn(script.send(carol)), 'not-a-member')
      script.submit(bob, { kind: 'leave' })
      assert.equal(rejectionIn(script.send(bob)), 'not-a-member')
    })

    test('a device that is no leaf cannot send', () => {
      const script = new Script().group(alice, bob)
      assert.equal(rejectionIn(script.send(withNewDevice(bob))), 'not-allowed')
    })

    test('whoever is removed is told, and nothing more', () => {
      const script = new Script().group(alice, bob)
      const removal = script.commit(alice, { remove: [bob] })
      assert.deepEqual(receivers(removal.publish), [alice.user, bob.user])
      assert.deepEqual(receivers(script.send(alice).publish), [alice.user])
    })

    test('members neither add nor remove people; admins do, but not their equals', () => {
      const script = new Script().group(alice, bob, carol)
      assert.equal(rejectionIn(script.commit(bob, { remove: [carol] })), 'not-allowed')
      assert.equal(rejectionIn(script.commit(bob, { add: [newPerson()] })), 'not-allowed')
      for (const { user } of [bob, carol])
        script.submit(alice, { kind: 'set-role', user, role: 'admin', since: 1 })
      assert.equal(rejectionIn(script.commit(bob, { remove: [carol] })), 'not-allowed')
      assert.equal(rejectionIn(script.commit(bob, { remove: [alice] })), 'not-allowed')
      assert.equal(script.commit(bob, { add: [newPerson()] }).store?.command.kind, 'commit')
      assert.equal(script.commit(alice, { remove: [carol] }).store?.command.kind, 'commit')
    })

    test('a removal names every device of the person', () => {
      const script = new Script().group(alice, bob)
      const whole = commit(script.state, { remove: [bob] })
      assert.ok(whole.kind === 'commit')
      assert.equal(
        rejectionIn(script.submit(alice, { ...whole, removeDevices: [] })),
        'not-allowed',
      )
    })

    test('when the last owner leaves, the admin or member of longest standing follows', () => {
      const script = new Script().group(alice, bob, carol)
      script.submit(alice, { kind: 'set-role', user: carol.user, role: 'admin', since: 1 })
      script.submit(alice, { kind: 'leave' })
      assert.equal(script.state.memberships.get(carol.user)?.role, 'owner')
      assert.equal(script.state.memberships.get(bob.user)?.role, 'member')
    })

    test('a role is given to one membership, as it was seen', () => {
      const script = new Script().group(alice, bob)
      const promotion = { kind: 'set-role', user: bob.user, role: 'admin', since: 1 } as const
      script.commit(alice, { remove: [bob] })
      assert.equal(rejectionIn(script.submit(alice, promotion)), 'not-a-member')
      script.commit(alice, { add: [bob] })
      assert.equal(rejectionIn(script.submit(alice, promotion)), 'not-a-member')
      const { seq } = script.state
      assert.equal(script.submit(alice, { ...promotion, since: seq }).store?.seq, seq + 1)
    })

    test('[P27] what was refused for a lack of rights stays refused after a promotion', () => {
      const script = new Script().group(alice, bob)
      const late = script.record(bob, commit(script.state, { add: [carol] }))
      assert.equal(rejectionIn(script.play(late)), 'not-allowed')
      script.submit(alice, { kind: 'set-role', user: bob.user, role: 'admin', since: 1 })
      assert.equal(rejectionIn(script.play(late)), 'stale-standing')
    })

    test('[P29] after somebody has left, a commit must drop his leaves before anything is said', () => {
      const script = new Script().group(alice, bob, carol)
      script.submit(carol, { kind: 'leave' })
      assert.equal(rejectionIn(script.send(bob)), 'commit-required')
      const empty = { ...commit(script.state, {}), removeDevices: [] } as never
      assert.equal(rejectionIn(script.submit(bob, empty)), 'commit-required')
      assert.equal(script.commit(bob).store?.command.kind, 'commit')
      assert.equal(script.send(bob).store?.command.kind, 'send')
    })

    test('[P28] a late copy of a rejected command is not accepted after the sender came back', () => {
      const script = new Script().group(alice, bob)
      const late = script.record(bob, sendCommand(2, 1), { standing: 1 })
      script.commit(alice, { remove: [bob] })
      assert.equal(rejectionIn(script.play(late)), 'stale-standing')
      script.commit(alice, { add: [bob] })
      assert.equal(rejectionIn(script.play(late)), 'stale-standing')
    })

    test('a revoked device is said once, by services alone', () => {
      const script = new Script().group(alice, bob)
      const { user, device } = bob
      const system = { kind: 'system', change: 'device-revoked', user, device } as const
      assert.equal(script.submit(bob, system).store?.seq, 2)
      assert.deepEqual(script.submit(bob, system), { store: undefined, publish: [] })
      assert.equal(rejectionIn(script.commit(bob)), 'not-allowed')
    })
  })

  describe('epochs', () => {
    test('[P29] [invariant 12] one commit opens the next epoch; the other loses', () => {
      const script = new Script().group(alice, bob)
      const rival = script.record(bob, commit(script.state, {}))
      script.commit(alice)
      assert.equal(script.state.epoch, 2)
      assert.partialDeepStrictEqual(script.play(rival).publish, [
        { reason: 'wrong-epoch', epoch: 2 },
      ])
    })

    test('a commit brings its newcomers in, with a welcome for their devices', () => {
      const script = new Script().group(alice)
      const handshake = {
        welcome: Uint8Array.of(9),
        tree: Uint8Array.of(8),
        groupInfo: Uint8Array.of(7),
      }
      const { publish } = script.commit(alice, { add: [bob] }, { handshake })
      assert.partialDeepStrictEqual(publish, [{ kind: 'welcome', handshake, to: [bob] }])
      assert.deepEqual(receivers(publish), [alice.user, bob.user])
    })

    test('[P29] a message sealed before a removal does not come after it', () => {
      const script = new Script().group(alice, bob, carol)
      script.commit(alice, { remove: [carol] })
      assert.equal(rejectionIn(script.submit(bob, sendCommand(1, 1))), 'wrong-epoch')
    })
  })

  test('[rule 1] rules of the future stop the partition instead of rejecting', () => {
    const script = new Script().group(alice)
    assert.throws(() => script.send(alice, { rules: 2 }), { code: 'partition-halted' })
  })

  test('[rule 1] [rule 2] deciding again gives the same, and the messages give back the state', () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = new SeededRandom(seed)
      const script = new Script()
      const people: readonly [Person, ...Person[]] = [alice, bob, carol]
      const messages: StoredMessage[] = []
      for (let made = 0; made < 30; made += 1) {
        const command = randomCommand({ random, people }, script.state, random.pick(people))
        const record = script.record(random.pick(people), command)
        const before = script.state
        const first = script.play(record)
        assert.deepEqual(decide(before, record).effects, first, `seed ${seed}`)
        if (first.store !== undefined) messages.push(first.store)
      }
      const middle = random.below(messages.length + 1)
      const early = messages.slice(0, middle).reduce(evolve, emptyConversation(script.state.id))
      const snapshot = decodeSnapshot(encodeSnapshot(early))
      assert.deepEqual(snapshot, early, `seed ${seed}`)
      assert.deepEqual(messages.slice(middle).reduce(evolve, early), script.state, `seed ${seed}`)
    }
  })
})

type Publish = Decision['effects']['publish']

function receivers(publish: Publish): readonly string[] {
  return publish.flatMap((event) => (event.kind === 'message' ? event.to : []))
}

function rejectionIn({ store, publish }: Decision['effects']): string | undefined {
  assert.equal(store, undefined)
  const [event] = publish
  return event?.kind === 'nack' ? event.reason : undefined
}

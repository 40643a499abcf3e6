import type { Command } from '@parley/protocol'
import type { SeededRandom } from '@parley/testing'
import { type Conversation, currentMembership, standingOf } from '../../src/domain/conversation.ts'
import type { Person } from '../people.ts'
import { commit, create, sendCommand } from '../script.ts'

export interface Scene {
  readonly random: SeededRandom
  readonly people: readonly [Person, ...Person[]]
}

/** Something that this person might ask for, judging by what is known so far. Often refused. */
export function randomCommand(
  { random, people }: Scene,
  view: Conversation,
  person: Person,
): Command {
  if (view.seq === 0)
    return create('group', person, people.filter(({ user }) => user !== person.user).slice(0, 2))
  const { epoch, accepted, memberships, pendingRemovals } = view
  const other = random.pick(people)
  const isMember = currentMembership(memberships, other.user) !== undefined
  const last = accepted.get(person.device)
  if (pendingRemovals.size > 0 && random.chance(0.5)) return commit(view, {})
  if (random.chance(0.5)) return sendCommand(epoch, last?.epoch === epoch ? last.generation + 1 : 1)
  const changes: readonly [Command, ...Command[]] = [
    { kind: 'leave' },
    {
      kind: 'set-role',
      user: other.user,
      role: random.pick(['owner', 'admin', 'member']),
      since: standingOf(view, other.user),
    },
    commit(view, isMember ? { remove: [other] } : { add: [other] }),
    commit(view, {}),
    { kind: 'erase', target: 1 + random.below(view.seq) },
  ]
  return random.pick(changes)
}

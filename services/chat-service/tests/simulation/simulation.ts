import {
  type ConversationId,
  decodeMessage,
  decodeServerFrames,
  type StoredMessage,
} from '@parley/protocol'
import { SeededRandom, SimulatedWorld } from '@parley/testing'
import { type Conversation, emptyConversation, evolve } from '../../src/domain/conversation.ts'
import type { UserLogEvent } from '../../src/domain/user-log.ts'
import { newGroupId, newPerson, withNewDevice } from '../people.ts'
import { randomCommand, type Scene } from './random-command.ts'
import { type Sabotage, SimulatedCluster } from './simulated-cluster.ts'
import { SimulatedDevice } from './simulated-device.ts'
import type { Tally } from './simulated-partition.ts'
import { userViolationsIn, violationsIn } from './violations.ts'

const commandsPerDevice = 6
const busySteps = 500
const settlingStepsMax = 20_000
const settlingRoundsMax = 400

interface Stage extends Scene {
  readonly conversation: ConversationId
  readonly devices: readonly [SimulatedDevice, ...SimulatedDevice[]]
}

export interface Outcome extends Tally {
  readonly violations: readonly string[]
  readonly messages: number
  readonly membershipChanges: number
}

/**
 * Runs sequencer and user log as they are, on a log, stores and a network that misbehave as the seed
 * says: owners die or do not notice that they were replaced, requests and answers are lost or late,
 * devices retry. Then lets everything settle, and returns the promises that were broken.
 */
export async function simulate(seed: number, sabotage: Sabotage = {}): Promise<Outcome> {
  const random = new SeededRandom(seed)
  const world = new SimulatedWorld(random, { faultProbability: 0.01 })
  const tally: Tally = { ownerChanges: 0, crashes: 0, zombies: 0 }
  const cluster = new SimulatedCluster(world, tally, sabotage)
  const people = [newPerson(), newPerson(), newPerson()] as const
  const stages = [newStage(random, people), newStage(random, people)] as const
  const delivery = new Delivery(cluster, stages)

  for (let step = 0; step < busySteps; step += 1) {
    const dice = random.next()
    if (dice < 0.1) await useADevice(cluster, random.pick(stages))
    else if (dice < 0.13) cluster.takeOver({ oldOwner: random.chance(0.6) ? 'dies' : 'lives on' })
    else await world.step()
    delivery.deliver(() => random.chance(0.8))
  }

  const hasSettled = await settle(world, cluster, delivery, stages)
  const violations = hasSettled ? [] : ['6 the cluster does not come to rest']
  const conversations = new Map<ConversationId, readonly StoredMessage[]>()
  for (const { conversation, devices } of stages) {
    const messages = await cluster.allMessages(conversation)
    conversations.set(conversation, messages)
    const published = cluster.published.filter(
      (event) =>
        event.kind === 'dead-letter' ||
        ('message' in event ? event.message.conversation : event.conversation) === conversation,
    )
    violations.push(...violationsIn({ conversation, messages, published, devices }))
  }
  for (const { user } of people) {
    const entries = await cluster.allEntries(user)
    const { delivered } = cluster
    violations.push(...userViolationsIn({ user, entries, delivered, conversations }))
  }
  const all = [...conversations.values()].flat()
  const membershipChanges = all.filter(
    ({ command }) =>
      command.kind === 'leave' ||
      (command.kind === 'commit' && command.addUsers.length + command.removeUsers.length > 0),
  ).length
  return { violations, messages: all.length, membershipChanges, ...tally }
}

function newStage(random: SeededRandom, people: Stage['people']): Stage {
  const [alice, bob = newPerson(), carol = newPerson()] = people
  return {
    random,
    people,
    conversation: newGroupId(),
    devices: [
      new SimulatedDevice(alice),
      new SimulatedDevice(bob),
      new SimulatedDevice(carol),
      new SimulatedDevice(withNewDevice(bob)),
    ],
  }
}

async function useADevice(cluster: SimulatedCluster, stage: Stage): Promise<void> {
  const { random } = stage
  const device = random.pick(stage.devices)
  if (device.composed < commandsPerDevice && random.chance(0.5)) {
    const view = await whatADeviceKnows(cluster, stage)
    device.compose(randomCommand(stage, view, device.person), view)
  }
  for (const request of device.requests()) if (random.chance(0.8)) cluster.produce(request)
}

/** The conversation as it is, or as it was a few messages ago. */
async function whatADeviceKnows(
  cluster: SimulatedCluster,
  { random, conversation }: Stage,
): Promise<Conversation> {
  const messages = await cluster.allMessages(conversation)
  const missed = random.chance(0.3) ? random.below(3) : 0
  const known = messages.slice(0, Math.max(0, messages.length - missed))
  let state = emptyConversation(conversation)
  // A broken rule may have left a hole, which is found in the end.
  for (const message of known) if (message.seq === state.seq + 1) state = evolve(state, message)
  return state
}

async function settle(
  world: SimulatedWorld,
  cluster: SimulatedCluster,
  delivery: Delivery,
  stages: readonly Stage[],
): Promise<boolean> {
  world.faultProbability = 0
  cluster.heal()
  let rounds = 0
  for (let step = 0; step < settlingStepsMax; step += 1) {
    if (await world.step()) continue
    delivery.deliver(() => true)
    const waiting = stages.flatMap(({ devices }) => devices).filter(({ isWaiting }) => isWaiting)
    if (waiting.length === 0) return true
    rounds += 1
    if (rounds > settlingRoundsMax) return false
    for (const device of waiting) for (const request of device.requests()) cluster.produce(request)
  }
  return false
}

/** Brings what was delivered to the devices, or loses it. */
class Delivery {
  readonly #cluster: SimulatedCluster
  readonly #stages: readonly Stage[]
  #delivered = 0

  constructor(cluster: SimulatedCluster, stages: readonly Stage[]) {
    this.#cluster = cluster
    this.#stages = stages
  }

  deliver(arrives: () => boolean): void {
    const events = this.#cluster.delivered.slice(this.#delivered)
    this.#delivered += events.length
    for (const event of events)
      for (const { conversation, devices } of this.#stages)
        if (conversationOf(event) === conversation)
          for (const device of devices) if (arrives()) device.receive(event)
  }
}

function conversationOf(event: UserLogEvent): ConversationId | undefined {
  if (event.kind === 'entry') return decodeMessage(event.message).conversation
  const [frame] = decodeServerFrames(event.frame)
  return frame?.kind === 'ack' || frame?.kind === 'nack' ? frame.conversation : undefined
}

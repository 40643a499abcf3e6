import { ChatError } from '@parley/protocol'

/** The numbers that `decide` applies. An edition never changes; a new value is a new edition. */
export interface Rules {
  /** People who are members at the same time; each gets a copy of every message. */
  readonly membersMax: number
  /** People who are or were in a conversation: what a sequencer must hold in memory. */
  readonly membershipsMax: number
  readonly devicesMax: number
}

const editions: ReadonlyMap<number, Rules> = new Map([
  [1, { membersMax: 256, membershipsMax: 10_000, devicesMax: 1_000 }],
])

/** The edition that gateways name for new commands. */
export const currentRules = 1

/**
 * The rules of an edition. A program that is too old to know it must stop, not reject: its newer
 * successor will accept the same record.
 */
export function rulesOfEdition(edition: number): Rules {
  const rules = editions.get(edition)
  if (rules === undefined) throw new ChatError('partition-halted', `unknown rules ${edition}`)
  return rules
}

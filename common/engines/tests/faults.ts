import { setImmediate } from 'node:timers/promises'
import { ChatError } from '@parley/protocol'
import { SeededRandom } from './seeded-random.ts'

/** What an engine behind a network may do to a call: be late, lose it, or lose its answer. */
export class Faults {
  readonly random: SeededRandom
  readonly #lost: number

  constructor({ seed, lost = 0.05 }: { readonly seed: number; readonly lost?: number }) {
    this.random = new SeededRandom(seed)
    this.#lost = lost
  }

  async call<Answer>(act: () => Promise<Answer>): Promise<Answer> {
    await this.delay()
    if (this.random.chance(this.#lost)) throw new ChatError('unavailable', 'lost on the way')
    const answer = await act()
    await this.delay()
    if (this.random.chance(this.#lost)) throw new ChatError('unavailable', 'the answer was lost')
    return answer
  }

  /** Some turns of the event loop, so that whatever runs beside it may overtake. */
  async delay(): Promise<void> {
    for (let turns = this.random.below(4); turns > 0; turns -= 1) await setImmediate()
  }
}

import { assert } from '@parley/protocol'

/** Which records of a partition are being worked on, and up to where all of them are done. */
export class OffsetWindow {
  /** In the order of their offsets; `#head` is the first one that is not done. */
  #started: number[] = []
  #head = 0
  readonly #finished = new Set<number>()
  #done = 0

  /** Every record below this offset is done. */
  get done(): number {
    return this.#done
  }

  start(offset: number): void {
    assert(offset >= this.#done, 'a record that is not done')
    assert(offset > (this.#started.at(-1) ?? -1), 'records come by rising offset')
    this.#started.push(offset)
  }

  finish(offset: number): void {
    this.#finished.add(offset)
    for (
      let oldest = this.#started[this.#head];
      oldest !== undefined && this.#finished.delete(oldest);
      oldest = this.#started[this.#head]
    ) {
      this.#head += 1
      this.#done = oldest + 1
    }
    if (this.#head < 1024) return
    this.#started = this.#started.slice(this.#head)
    this.#head = 0
  }
}

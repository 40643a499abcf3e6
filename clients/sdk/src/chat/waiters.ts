import type { ParleyError } from '../parley-error.ts'

/** Callers that wait for an answer of the server, by what they wait for. */
export class Waiters {
  readonly #waiting = new Map<string, PromiseWithResolvers<void>[]>()

  wait(id: string): Promise<void> {
    const waiter = Promise.withResolvers<void>()
    this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), waiter])
    // Whoever has asked hears of it; nobody else has to.
    waiter.promise.catch(() => {})
    return waiter.promise
  }

  settle(id: string, error?: ParleyError): void {
    const all = this.#waiting.get(id) ?? []
    this.#waiting.delete(id)
    for (const { resolve, reject } of all)
      if (error === undefined) resolve()
      else reject(error)
  }

  settleAll(error: ParleyError): void {
    for (const id of [...this.#waiting.keys()]) this.settle(id, error)
  }
}

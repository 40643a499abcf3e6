import { ChatError } from '@parley/protocol'

interface Member {
  readonly run: (partition: number, ending: AbortSignal) => Promise<void>
  readonly owned: Map<number, AbortController>
  readonly running: Set<Promise<void>>
  /** Ends the membership, with an error or without. */
  readonly end: (error?: unknown) => void
}

/** Who of the members in this process owns which partition. Joining and leaving deals them anew. */
export class ConsumerGroup {
  readonly #partitions: number
  readonly #members: Member[] = []

  constructor(partitions: number) {
    this.#partitions = partitions
  }

  /** Resolves when the signal was aborted and all runs have ended; rejects when one of them fails. */
  async join(signal: AbortSignal, run: Member['run']): Promise<void> {
    if (signal.aborted) return
    const membership = Promise.withResolvers<void>()
    const end = (error?: unknown) =>
      error === undefined ? membership.resolve() : membership.reject(error)
    const leave = () => end()
    signal.addEventListener('abort', leave)
    const member: Member = { run, owned: new Map(), running: new Set(), end }
    this.#members.push(member)
    this.#deal()
    try {
      await membership.promise
    } finally {
      signal.removeEventListener('abort', leave)
      this.#members.splice(this.#members.indexOf(member), 1)
      for (const ending of member.owned.values()) ending.abort()
      this.#deal()
      await Promise.allSettled(member.running)
    }
  }

  /** The log is closed: everyone ends. Resolves when all runs have. */
  async close(): Promise<void> {
    const members = [...this.#members]
    for (const { end, owned } of members) {
      end(new ChatError('unavailable', 'the log is closed'))
      for (const ending of owned.values()) ending.abort()
    }
    await Promise.allSettled(members.flatMap(({ running }) => [...running]))
  }

  #deal(): void {
    for (let partition = 0; partition < this.#partitions; partition += 1) {
      const owner = this.#members[partition % Math.max(1, this.#members.length)]
      for (const member of this.#members)
        if (member !== owner) {
          member.owned.get(partition)?.abort()
          member.owned.delete(partition)
        }
      if (owner !== undefined && !owner.owned.has(partition)) start(owner, partition)
    }
  }
}

function start(member: Member, partition: number): void {
  const ending = new AbortController()
  member.owned.set(partition, ending)
  const running: Promise<void> = member
    .run(partition, ending.signal)
    .catch((error: unknown) => {
      if (!ending.signal.aborted) member.end(error)
    })
    .finally(() => member.running.delete(running))
  member.running.add(running)
}

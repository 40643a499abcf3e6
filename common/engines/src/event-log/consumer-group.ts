interface Member {
  readonly run: (partition: number, ending: AbortSignal) => Promise<void>
  readonly owned: Map<number, AbortController>
  readonly running: Set<Promise<void>>
  readonly fail: (error: unknown) => void
}

/** Who of the members in this process owns which partition. Joining and leaving deals them anew. */
export class ConsumerGroup {
  readonly #partitions: number
  readonly #members: Member[] = []

  constructor(partitions: number) {
    this.#partitions = partitions
  }

  async join(signal: AbortSignal, run: Member['run']): Promise<void> {
    const { promise: failed, reject: fail } = Promise.withResolvers<never>()
    failed.catch(() => {})
    const member: Member = { run, owned: new Map(), running: new Set(), fail }
    const { promise: left, resolve: leave } = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => leave(), { once: true })
    if (signal.aborted) return
    this.#members.push(member)
    this.#deal()
    try {
      await Promise.race([left, failed])
    } finally {
      this.#members.splice(this.#members.indexOf(member), 1)
      for (const ending of member.owned.values()) ending.abort()
      this.#deal()
      await Promise.allSettled(member.running)
    }
  }

  async end(): Promise<void> {
    for (const { owned, running } of [...this.#members]) {
      for (const ending of owned.values()) ending.abort()
      await Promise.allSettled(running)
    }
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
      if (!ending.signal.aborted) member.fail(error)
    })
    .finally(() => member.running.delete(running))
  member.running.add(running)
}

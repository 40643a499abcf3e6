import {
  accountInternalRoutes,
  ChatError,
  count,
  type DeviceId,
  deviceIdShape,
  parseInput,
  userIdShape,
} from '@parley/protocol'
import { z } from 'zod'
import type { Clock } from './clock.ts'
import type { Report, ServiceFetch } from './service.ts'

/** Bus channel on which user-service says which devices were revoked. */
export const revocationsChannel = 'revocations'
/** At least this often it says how far the list goes, also when nothing happens. */
export const revocationHeartbeatMs = 1_000

const revocationShape = z.strictObject({
  number: count,
  user: userIdShape,
  device: deviceIdShape,
})
const noticeShape = z.strictObject({ head: count, revocation: revocationShape.optional() })

export type Revocation = z.infer<typeof revocationShape>
/** A message on the channel; without a revocation it is a heartbeat. */
export type RevocationNotice = z.infer<typeof noticeShape>

export const encodeRevocationNotice = (notice: RevocationNotice): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(notice))

export const decodeRevocationNotice = (bytes: Uint8Array): RevocationNotice =>
  parseInput(noticeShape, JSON.parse(new TextDecoder().decode(bytes)))

export interface RevocationListOptions {
  readonly bus: {
    subscribe(channel: string, receive: (message: Uint8Array) => void): Promise<Disposable>
  }
  /** Asks user-service. */
  readonly fetch: ServiceFetch
  readonly clock: Clock
  readonly report: Report
  readonly onRevoked?: (revocation: Revocation) => void
}

/** No access token lives longer than this after its device was revoked. */
const rememberedMs = 20 * 60_000

/**
 * The devices that were revoked lately, as every process knows them: told by the bus, and read again
 * from user-service when a number or two heartbeats are missing. So a lost message costs seconds.
 */
export class RevocationList implements Disposable {
  readonly #options: RevocationListOptions
  readonly #resources = new DisposableStack()
  /** When each was heard of. */
  readonly #revoked = new Map<DeviceId, number>()
  #head = 0
  #heardAtMs: number
  #reading: Promise<void> | undefined

  private constructor(options: RevocationListOptions) {
    this.#options = options
    this.#heardAtMs = options.clock.monotonicMs()
  }

  /** Reads the list first; when user-service is not there yet it is read as soon as it is. */
  static async open(options: RevocationListOptions): Promise<RevocationList> {
    const list = new RevocationList(options)
    const { bus, clock } = options
    list.#resources.use(await bus.subscribe(revocationsChannel, (bytes) => list.#hear(bytes)))
    list.#resources.use(clock.every(revocationHeartbeatMs, () => list.#tick()))
    await list.#read()
    return list
  }

  isRevoked({ device }: { readonly device: string }): boolean {
    return this.#revoked.has(device as DeviceId)
  }

  [Symbol.dispose](): void {
    this.#resources.dispose()
  }

  #hear(bytes: Uint8Array): void {
    const { head, revocation } = decodeRevocationNotice(bytes)
    this.#heardAtMs = this.#options.clock.monotonicMs()
    if (revocation !== undefined) this.#apply(revocation)
    if (head === this.#head + 1 && revocation?.number === head) this.#head = head
    else if (head !== this.#head) void this.#read()
  }

  #tick(): void {
    const { clock } = this.#options
    const nowMs = clock.monotonicMs()
    if (nowMs - this.#heardAtMs >= 2 * revocationHeartbeatMs) void this.#read()
    for (const [device, atMs] of this.#revoked)
      if (nowMs - atMs > rememberedMs) this.#revoked.delete(device)
      else break
  }

  #apply(revocation: Revocation): void {
    if (this.#revoked.has(revocation.device)) return
    this.#revoked.set(revocation.device, this.#options.clock.monotonicMs())
    this.#options.onRevoked?.(revocation)
  }

  #read(): Promise<void> {
    this.#reading ??= this.#readNow()
      .catch((error: unknown) => this.#options.report(asError(error)))
      .finally(() => {
        this.#reading = undefined
      })
    return this.#reading
  }

  async #readNow(): Promise<void> {
    const { path, answer } = accountInternalRoutes.listRevocations
    const url = `http://user-service${path}?since=${this.#head}`
    const response = await this.#options.fetch(new Request(url))
    if (!response.ok) throw new ChatError('unavailable', 'the list of revocations cannot be read')
    const { head, revocations } = parseInput(answer, await response.json())
    this.#head = head
    this.#heardAtMs = this.#options.clock.monotonicMs()
    for (const revocation of revocations) this.#apply(revocation)
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('thrown without an error', { cause: error })
}

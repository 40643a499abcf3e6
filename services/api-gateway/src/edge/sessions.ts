import { assert, limits, type UserId } from '@parley/protocol'
import type { Session, SessionOwner } from './session.ts'

/** The sockets of this edge, and those of each user. */
export class Sessions {
  readonly #all = new Set<Session>()
  readonly #ofUser = new Map<UserId, Session[]>()
  /** Sockets of each address that have not said who they are. */
  readonly #unauthenticated = new Map<string, number>()

  get count(): number {
    return this.#all.size
  }

  all(): Iterable<Session> {
    return this.#all
  }

  of(user: UserId): readonly Session[] {
    return this.#ofUser.get(user) ?? none
  }

  users(): Iterable<UserId> {
    return this.#ofUser.keys()
  }

  unauthenticatedOf(address: string): number {
    return this.#unauthenticated.get(address) ?? 0
  }

  add(session: Session): void {
    this.#all.add(session)
    this.#unauthenticated.set(session.address, this.unauthenticatedOf(session.address) + 1)
  }

  /**
   * Says whose a session is. Gives back the session it replaces, when the device had as many as it
   * may, or `full` when the account has.
   */
  own(session: Session, owner: SessionOwner): Session | 'full' | undefined {
    assert(session.owner === undefined, 'a session has one owner')
    const own = this.#ofUser.get(owner.user) ?? []
    const ofDevice = own.filter((other) => other.owner?.device === owner.device)
    const replaced = ofDevice.length >= limits.socketsPerDevice ? ofDevice[0] : undefined
    if (replaced === undefined && own.length >= limits.socketsPerAccount) return 'full'
    this.#forgetAddress(session.address)
    session.owner = owner
    own.push(session)
    this.#ofUser.set(owner.user, own)
    return replaced
  }

  remove(session: Session): void {
    if (!this.#all.delete(session)) return
    const { owner } = session
    if (owner === undefined) return this.#forgetAddress(session.address)
    const left = this.of(owner.user).filter((other) => other !== session)
    if (left.length === 0) this.#ofUser.delete(owner.user)
    else this.#ofUser.set(owner.user, left)
  }

  #forgetAddress(address: string): void {
    const left = this.unauthenticatedOf(address) - 1
    if (left <= 0) this.#unauthenticated.delete(address)
    else this.#unauthenticated.set(address, left)
  }
}

const none: readonly Session[] = []

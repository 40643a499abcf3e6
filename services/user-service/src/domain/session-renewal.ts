import type { RefreshTokens } from './refresh-tokens.ts'
import type { Sessions } from './sessions.ts'

const dayMs = 24 * 3_600_000
/** A spent token gives the same successor for so long: the answer may have been lost. */
export const lostAnswerMs = 30_000
export const idleMsMax = 60 * dayMs
export const sessionMsMax = 365 * dayMs

type FoundSession = NonNullable<Awaited<ReturnType<Sessions['find']>>>

export type Renewal =
  | { readonly kind: 'renewed'; readonly session: FoundSession; readonly token: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'ended'; readonly session: FoundSession }
  /** A spent token came again: somebody has a copy, and the session has been ended. */
  | { readonly kind: 'reused'; readonly session: FoundSession }

export interface RenewalDependencies {
  readonly sessions: Sessions
  readonly refreshTokens: RefreshTokens
  readonly nowMs: () => number
}

/** Exchanges a refresh token for its successor. */
export async function renewSession(
  { sessions, refreshTokens, nowMs }: RenewalDependencies,
  token: string,
): Promise<Renewal> {
  const read = refreshTokens.read(token)
  if (read === undefined) return { kind: 'unknown' }
  const { family, hash } = read
  const successors = refreshTokens.successors(token)
  const [successor] = successors
  // The second turn is for whoever has lost the exchange to a copy of the same request.
  for (let turn = 1; turn <= 2; turn += 1) {
    const atMs = nowMs()
    const session = await sessions.find(family)
    if (session === undefined) return { kind: 'unknown' }
    if (hasEnded(session, atMs)) return { kind: 'ended', session }
    if (isSame(session.tokenHash, hash)) {
      if (successor === undefined) return { kind: 'unknown' }
      if (await sessions.rotate({ family, before: hash, after: successor.hash, atMs }))
        return { kind: 'renewed', session, token: successor.token }
      continue
    }
    const isLostAnswer =
      session.previousHash !== null &&
      isSame(session.previousHash, hash) &&
      atMs - session.rotatedAtMs <= lostAnswerMs
    const given = successors.find((candidate) => isSame(candidate.hash, session.tokenHash))
    if (isLostAnswer && given !== undefined) return { kind: 'renewed', session, token: given.token }
    await sessions.end(family, atMs)
    return { kind: 'reused', session }
  }
  return { kind: 'unknown' }
}

function hasEnded({ endedAtMs, rotatedAtMs, startedAtMs }: FoundSession, atMs: number): boolean {
  return endedAtMs !== null || atMs - rotatedAtMs > idleMsMax || atMs - startedAtMs > sessionMsMax
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}

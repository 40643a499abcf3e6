import type { ChatError, DeviceId, UserId } from '@parley/protocol'

/** A service of the platform as the process that runs it sees it. */
export interface Service extends AsyncDisposable {
  /** Answers REST requests; in process and over HTTP alike. */
  fetch(request: Request): Promise<Response>
  /** Why the service cannot do its work now; empty when it can. For `/readyz`. */
  faults(): readonly string[]
  /** Settles when the consumers have ended, rejects when one failed beyond recovery. */
  readonly ended: Promise<void>
}

/** How one service asks another: `fetch` in process, HTTP otherwise, the same encoding both times. */
export type ServiceFetch = (request: Request) => Promise<Response>

/** The caller of a request, from the verified access token. */
export interface Caller {
  readonly user: UserId
  readonly device: DeviceId
}

export type Report = (error: Error | ChatError) => void

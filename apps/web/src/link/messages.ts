import type { Change, Chat, FaultCode } from '../chat/chat.ts'

export type CallName = Exclude<keyof Chat, 'subscribe' | 'prepare'>

/** From a tab to the worker. */
export type TabMessage =
  /** The first one. The tab holds the Web Lock `tab` as long as it lives. */
  | { readonly kind: 'hello'; readonly tab: string }
  | {
      readonly kind: 'call'
      readonly tab: string
      readonly id: number
      readonly call: CallName
      readonly input: unknown
    }

/** From the worker to a tab. */
export type WorkerMessage =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'fault'; readonly id: number; readonly fault: PlainFault }
  | { readonly kind: 'change'; readonly change: Change }
  /** The worker was started anew: what it was asked before it has never heard. */
  | { readonly kind: 'started' }

/** A `ChatFault` on its way between threads. */
export interface PlainFault {
  readonly code: FaultCode
  readonly detail: string
  readonly retryAfterMs: number | undefined
  readonly suggestions: readonly string[]
}

/** A line between one tab and the worker; messages arrive in order, or not at all. */
export interface Wire {
  post(message: TabMessage): void
  listen(listener: (message: WorkerMessage) => void): void
}

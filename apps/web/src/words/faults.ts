import { ChatFault } from '../chat/chat.ts'
import { duration } from './format.ts'
import { words } from './words.ts'

/** The sentence for whatever a call was refused with. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof ChatFault)) return words.fault.internal
  if (error.code === 'rate' && error.retryAfterMs !== undefined)
    return words.rateIn(duration(error.retryAfterMs))
  return words.fault[error.code]
}

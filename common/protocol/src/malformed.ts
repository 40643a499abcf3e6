import { ChatError } from './errors.ts'

/** What arrived is not what `proto/parley/v1/frames.proto` describes. */
export function malformed(what: string): ChatError {
  return new ChatError('bad-request', `malformed: ${what}`)
}

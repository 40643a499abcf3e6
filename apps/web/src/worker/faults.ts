import { ParleyError, type ParleyErrorCode } from '@parley/sdk'
import type { FaultCode } from '../chat/chat.ts'
import type { PlainFault } from '../link/messages.ts'

/** What a person is told for an error of the SDK. Codes that are not here are our own fault. */
const faultOf: Partial<Record<ParleyErrorCode, FaultCode>> = {
  'bad-credentials': 'bad-credentials',
  'name-taken': 'name-taken',
  'weak-password': 'weak-password',
  'bad-name': 'bad-name',
  rate: 'rate',
  'not-a-member': 'not-a-member',
  'not-allowed': 'not-allowed',
  full: 'full',
  'device-limit': 'device-limit',
  'too-large': 'too-large',
  'not-found': 'not-found',
  gone: 'not-found',
  'unknown-conversation': 'not-found',
  'no-device': 'no-device',
  'device-pending': 'device-pending',
  'key-changed': 'key-changed',
  offline: 'offline',
  closed: 'overloaded',
  'signed-out': 'revoked',
  revoked: 'revoked',
  unauthenticated: 'revoked',
  'unsupported-version': 'unsupported-version',
  overloaded: 'overloaded',
  unavailable: 'overloaded',
  timeout: 'overloaded',
  lagging: 'overloaded',
  'partition-halted': 'overloaded',
  storage: 'storage-blocked',
}

export function plainFault(error: unknown): PlainFault {
  if (!(error instanceof ParleyError))
    return {
      code: 'internal',
      detail: error instanceof Error ? error.message : String(error),
      retryAfterMs: undefined,
      suggestions: [],
    }
  return {
    code: faultOf[error.code] ?? 'internal',
    detail: `${error.code}: ${error.message}`,
    retryAfterMs: error.retryAfterMs,
    suggestions: error.suggestions,
  }
}

import { createHash } from 'node:crypto'
import { clientLimits } from '../src/client-limits.ts'
import { errorFacts } from '../src/errors.ts'
import { limits } from '../src/limits.ts'
import { rejectReasons } from '../src/reject-reason.ts'
import { protocolVersion, protocolVersionMin } from '../src/version.ts'

/** Names everything that a client can see of the contract; comments and order of source aside. */
export function schemaHash(proto: string): string {
  const seen = {
    protocolVersion,
    protocolVersionMin,
    proto: withoutComments(proto),
    errors: errorFacts,
    rejectReasons,
    limits: Object.fromEntries(clientLimits.map((name) => [name, limits[name]])),
  }
  return createHash('sha256').update(JSON.stringify(seen)).digest('hex')
}

function withoutComments(proto: string): string {
  return proto
    .replaceAll(/\/\/.*$/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

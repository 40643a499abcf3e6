import { randomInt } from 'node:crypto'
import fc from 'fast-check'

/**
 * Checks a property with one seed for the whole process, which a failure prints. `SEED=… npm test`
 * repeats it.
 */
export const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31))

export function checkProperty<T>(
  property: fc.IProperty<T>,
  { runs = 100 }: { readonly runs?: number } = {},
): void {
  const details = fc.check(property, { seed, numRuns: runs })
  if (!details.failed) return
  throw new Error(`SEED=${seed}: ${fc.defaultReportMessage(details) ?? ''}`, {
    cause: details.errorInstance,
  })
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}

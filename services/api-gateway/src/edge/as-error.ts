/** Whatever was thrown, as an error that can be reported. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error('thrown without an error', { cause: thrown })
}

import { crc32 } from 'node:zlib'

/** SQLite has no checksums of its own: a flipped bit in a row is noticed by this one. */
export function checksumOf(...chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => crc32(chunk, sum), 0)
}

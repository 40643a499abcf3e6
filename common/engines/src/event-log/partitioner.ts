/**
 * The partition of a key: murmur2 of its UTF-8 bytes, sign bit cleared, modulo the partitions, as
 * Kafka's Java client computes it.
 */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(encoder.encode(key)) & 0x7fffffff) % partitions
}

const encoder = new TextEncoder()
const m = 0x5bd1e995

export function murmur2(bytes: Uint8Array): number {
  let h = 0x9747b28c ^ bytes.length
  const whole = bytes.length & ~3
  const at = (index: number) => bytes[index] ?? 0
  for (let i = 0; i < whole; i += 4) {
    let k = at(i) | (at(i + 1) << 8) | (at(i + 2) << 16) | (at(i + 3) << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    h = Math.imul(h, m) ^ Math.imul(k, m)
  }
  const rest = bytes.length & 3
  if (rest === 3) h ^= at(whole + 2) << 16
  if (rest >= 2) h ^= at(whole + 1) << 8
  if (rest >= 1) h = Math.imul(h ^ at(whole), m)
  h ^= h >>> 13
  h = Math.imul(h, m)
  return h ^ (h >>> 15)
}

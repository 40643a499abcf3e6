import { randomBytes } from 'node:crypto'
import type { RandomSource } from './random.ts'

/** Random bits of the operating system. */
export const systemRandom: RandomSource = {
  bytes: (length) => randomBytes(length),
  bits64: () => randomBytes(8).readBigUInt64BE(),
  fraction: () => Math.random(),
}

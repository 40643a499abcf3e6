/** Where random bits come from; a test puts a seed in its place. */
export interface RandomSource {
  /** Cryptographically strong. */
  bytes(length: number): Uint8Array
  /** 64 random bits, for ids. */
  bits64(): bigint
  /** From 0 up to but not including 1; not for secrets. */
  fraction(): number
}

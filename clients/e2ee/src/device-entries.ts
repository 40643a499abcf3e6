import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import type { ConversationId } from '@parley/protocol'
import { lengthPrefixed } from './bytes.ts'
import type { Change, Entry } from './mls-values.ts'

/** What this device knows of one epoch beside its MLS state, for as long as messages of it open. */
export interface EpochFacts {
  /** 32 bytes, for signals and marks. */
  readonly signalSecret: Uint8Array
  readonly epochMark: Uint8Array
}

/** First bytes of keys; the engine's are below 0xe0. */
const labels = { seals: 0xe0, epoch: 0xe1 } as const
const secretBytes = 32

/**
 * Our own entries beside those of the engine, in the same store and the same transactions: how
 * often the device has sealed, and facts of the last epochs.
 */
export class DeviceEntries {
  readonly #values = new Map<string, Uint8Array>()
  readonly #changed = new Set<string>()

  static isKey(key: Uint8Array): boolean {
    return key[0] === labels.seals || key[0] === labels.epoch
  }

  load([key, value]: Entry): void {
    this.#values.set(bytesToHex(key), value)
  }

  takeChanges(): readonly Change[] {
    const changes = [...this.#changed].map((key): Change => {
      return [hexToBytes(key), this.#values.get(key) ?? null]
    })
    this.#changed.clear()
    return changes
  }

  /** Counts one more seal in this epoch. Never gives a number twice. */
  countSeal(conversation: ConversationId, epoch: number): number {
    const key = keyOf(labels.seals, conversation)
    const [lastEpoch, lastCount] = readNumbers(this.#values.get(key))
    const count = lastEpoch === epoch ? lastCount + 1 : 1
    this.#put(key, writeNumbers(epoch, count))
    return count
  }

  epoch(conversation: ConversationId, epoch: number): EpochFacts | undefined {
    const value = this.#values.get(epochKey(conversation, epoch))
    if (value === undefined) return undefined
    return {
      signalSecret: value.subarray(0, secretBytes),
      epochMark: value.subarray(secretBytes),
    }
  }

  /** Facts of epochs below `oldestKept` are forgotten. */
  enterEpoch(
    conversation: ConversationId,
    { epoch, oldestKept, facts }: { epoch: number; oldestKept: number; facts: EpochFacts },
  ): void {
    const value = new Uint8Array([...facts.signalSecret, ...facts.epochMark])
    this.#put(epochKey(conversation, epoch), value)
    const prefix = keyOf(labels.epoch, conversation)
    const oldest = epochKey(conversation, oldestKept)
    for (const key of this.#values.keys()) {
      if (key.startsWith(prefix) && key < oldest) this.#delete(key)
    }
  }

  forget(conversation: ConversationId): void {
    const prefixes = [keyOf(labels.seals, conversation), keyOf(labels.epoch, conversation)]
    for (const key of this.#values.keys()) {
      if (prefixes.some((prefix) => key.startsWith(prefix))) this.#delete(key)
    }
  }

  #put(key: string, value: Uint8Array): void {
    this.#values.set(key, value)
    this.#changed.add(key)
  }

  #delete(key: string): void {
    this.#values.delete(key)
    this.#changed.add(key)
  }
}

function keyOf(label: number, conversation: ConversationId): string {
  return bytesToHex(new Uint8Array([label, ...lengthPrefixed(conversation)]))
}

function epochKey(conversation: ConversationId, epoch: number): string {
  return keyOf(labels.epoch, conversation) + Math.max(0, epoch).toString(16).padStart(16, '0')
}

function writeNumbers(first: number, second: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(16))
  view.setBigUint64(0, BigInt(first))
  view.setBigUint64(8, BigInt(second))
  return new Uint8Array(view.buffer)
}

function readNumbers(bytes: Uint8Array | undefined): readonly [number, number] {
  if (bytes?.length !== 16) return [-1, 0]
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  return [Number(view.getBigUint64(0)), Number(view.getBigUint64(8))]
}

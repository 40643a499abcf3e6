import type { BlobStore, EventLog, NewLogRecord } from '@parley/engines'
import {
  decodeCommandBlob,
  encodeMessage,
  encodeUserEvent,
  encodeUserEventOfMessage,
  type Handshake,
  unreachable,
} from '@parley/protocol'
import { blobKey } from '../domain/blob-key.ts'
import type { ConversationEvent, WelcomeForDevices } from '../domain/conversation-event.ts'
import type { DeviceBox } from '../domain/device-box.ts'
import type { EventSink } from '../state-machine/event-sink.ts'

/**
 * Publishes what the sequencer decided: welcomes to the boxes first, then everything else to the
 * log, so that whoever hears of a message finds his welcome.
 */
export class LogConversationEvents implements EventSink<ConversationEvent> {
  readonly #eventLog: Pick<EventLog, 'append'>
  readonly #boxes: DeviceBox
  readonly #blobs: Pick<BlobStore, 'get'>

  constructor({
    eventLog,
    boxes,
    blobs,
  }: {
    readonly eventLog: Pick<EventLog, 'append'>
    readonly boxes: DeviceBox
    readonly blobs: Pick<BlobStore, 'get'>
  }) {
    this.#eventLog = eventLog
    this.#boxes = boxes
    this.#blobs = blobs
  }

  async publish(events: readonly ConversationEvent[]): Promise<void> {
    const records: NewLogRecord[] = []
    const dead: NewLogRecord[] = []
    for (const event of events)
      switch (event.kind) {
        case 'welcome':
          await this.#welcome(event)
          break
        case 'message': {
          const value = encodeUserEventOfMessage(encodeMessage(event.message))
          for (const key of event.to) records.push({ key, value, rules: 0 })
          break
        }
        case 'ack':
        case 'nack': {
          const { to: key, device, ...answer } = event
          const value =
            answer.kind === 'ack'
              ? encodeUserEvent({ kind: 'ack', device, ack: answer })
              : encodeUserEvent({ kind: 'nack', device, nack: answer })
          records.push({ key, value, rules: 0 })
          break
        }
        case 'dead-letter':
          dead.push({ key: event.key, value: event.value, rules: 0 })
          break
        default:
          unreachable(event)
      }
    if (dead.length > 0) await this.#eventLog.append('commands.dead', dead)
    if (records.length > 0) await this.#eventLog.append('user-events', records)
  }

  async #welcome({ message, to, handshake: inline }: WelcomeForDevices): Promise<void> {
    const handshake = inline ?? (await this.#uploaded(message.command))
    if (handshake === undefined || handshake.welcome.length === 0) return
    const { conversation, seq, atMs } = message
    const { welcome, tree } = handshake
    await this.#boxes.put(to.map((of) => ({ ...of, conversation, seq, atMs, welcome, tree })))
  }

  async #uploaded(
    command: WelcomeForDevices['message']['command'],
  ): Promise<Handshake | undefined> {
    if ((command.kind !== 'create' && command.kind !== 'commit') || command.blob === undefined)
      return undefined
    return decodeCommandBlob(await this.#blobs.get(blobKey(command.blob))).handshake
  }
}

/** What edges tell presence-service, on the bus channels `presenceChannel(user)`. */
import { unreachable } from './assert.ts'
import { connectionIdOf, conversationIdOf, deviceIdOf, userIdOf } from './id-codec.ts'
import type { ConnectionId, ConversationId, DeviceId, UserId } from './ids.ts'
import { malformed } from './malformed.ts'
import { WireReader, WireWriter } from './wire.ts'

/** Who says it: a socket. */
export interface PresenceSession {
  readonly user: UserId
  readonly device: DeviceId
  readonly connection: ConnectionId
  readonly edge: string
}

export type PresenceInput =
  /** Also again and again while the socket lives. Channel of the session's user. */
  | { readonly kind: 'connected'; readonly session: PresenceSession }
  | { readonly kind: 'disconnected'; readonly session: PresenceSession }
  /** All users of one shard that the socket watches from now on. Channel of that shard. */
  | { readonly kind: 'watch'; readonly session: PresenceSession; readonly users: readonly UserId[] }
  /** Channel of the session's user. */
  | {
      readonly kind: 'sealed'
      readonly session: PresenceSession
      readonly conversation: ConversationId
      readonly payload: Uint8Array
    }

const kinds = [undefined, 'connected', 'disconnected', 'watch', 'sealed'] as const

export function encodePresenceInput(input: PresenceInput): Uint8Array {
  const { user, device, connection, edge } = input.session
  const writer = new WireWriter(256)
  writer.uint(1, kinds.indexOf(input.kind))
  writer.id(2, user)
  writer.id(3, device)
  writer.id(4, connection)
  writer.text(5, edge)
  switch (input.kind) {
    case 'connected':
    case 'disconnected':
      break
    case 'watch':
      for (const watched of input.users) writer.id(6, watched)
      break
    case 'sealed':
      writer.id(7, input.conversation)
      writer.bytes(8, input.payload)
      break
    default:
      return unreachable(input)
  }
  return writer.finish()
}

export function decodePresenceInput(bytes: Uint8Array): PresenceInput {
  const reader = new WireReader(bytes)
  let kind = 0
  let user: UserId | undefined
  let device: DeviceId | undefined
  let connection: ConnectionId | undefined
  let edge = ''
  const users: UserId[] = []
  let conversation: ConversationId | undefined
  let payload: Uint8Array = new Uint8Array(0)
  for (let field = reader.next(); field !== 0; field = reader.next())
    if (field === 1) kind = reader.uint()
    else if (field === 2) user = userIdOf(reader.bytes())
    else if (field === 3) device = deviceIdOf(reader.bytes())
    else if (field === 4) connection = connectionIdOf(reader.bytes())
    else if (field === 5) edge = reader.text()
    else if (field === 6) users.push(userIdOf(reader.bytes()))
    else if (field === 7) conversation = conversationIdOf(reader.bytes())
    else if (field === 8) payload = reader.bytes()
    else reader.skip()
  if (user === undefined || device === undefined || connection === undefined)
    throw malformed('presence of nobody')
  const session = { user, device, connection, edge }
  switch (kinds[kind]) {
    case 'connected':
      return { kind: 'connected', session }
    case 'disconnected':
      return { kind: 'disconnected', session }
    case 'watch':
      return { kind: 'watch', session, users }
    case 'sealed':
      if (conversation === undefined) throw malformed('a signal without a conversation')
      return { kind: 'sealed', session, conversation, payload }
    default:
      throw malformed('presence of an unknown kind')
  }
}

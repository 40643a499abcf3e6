import { unreachable } from './assert.ts'
import type {
  Command,
  CommandBlob,
  CommandEnvelope,
  ConversationKind,
  DeviceOfUser,
  Encryption,
  Handshake,
  Role,
  SystemChange,
} from './command.ts'
import { conversationIdOf, deviceIdOf, userIdOf } from './id-codec.ts'
import type { ConversationId, DeviceId, UserId } from './ids.ts'
import { malformed } from './malformed.ts'
import { WireReader, WireWriter } from './wire.ts'

// Enums by their number on the wire; 0 is "not said" and refused.
const conversationKinds = [undefined, 'direct', 'group'] as const
const encryptions = [undefined, 'mls', 'server'] as const
const roles = [undefined, 'owner', 'admin', 'member'] as const
const systemChanges = [undefined, 'device-revoked', 'account-deleted'] as const

const nothing: Uint8Array = new Uint8Array(0)

export function encodeCommand(command: Command): Uint8Array {
  const writer = new WireWriter(64)
  writeCommand(writer, command)
  return writer.finish()
}

export const decodeCommand = (bytes: Uint8Array): Command => readCommand(new WireReader(bytes))

export function encodeCommandEnvelope(envelope: CommandEnvelope): Uint8Array {
  const writer = new WireWriter(256 + envelope.body.length)
  writeEnvelope(writer, envelope)
  return writer.finish()
}

/** Tolerant and free of limits: what was written once is decoded for ever. */
export const decodeCommandEnvelope = (bytes: Uint8Array): CommandEnvelope =>
  readEnvelope(new WireReader(bytes))

export function encodeCommandBlob({ body, handshake }: CommandBlob): Uint8Array {
  const writer = new WireWriter(body.length + 64)
  writer.bytes(1, body)
  if (handshake !== undefined) writer.message(2, () => writeHandshake(writer, handshake))
  return writer.finish()
}

export function decodeCommandBlob(bytes: Uint8Array): CommandBlob {
  const reader = new WireReader(bytes)
  let body: Uint8Array = nothing
  let handshake: Handshake | undefined
  for (let field = reader.next(); field !== 0; field = reader.next())
    if (field === 1) body = reader.bytes()
    else if (field === 2) handshake = readHandshake(reader.reader())
    else reader.skip()
  return { body, handshake }
}

export function writeEnvelope(writer: WireWriter, envelope: CommandEnvelope): void {
  const { handshake } = envelope
  writer.id(1, envelope.conversation)
  writer.id(2, envelope.sender)
  writer.id(3, envelope.device)
  writer.uint(4, envelope.n)
  writer.uint(5, envelope.prev)
  writer.uint(6, envelope.standing)
  writer.message(7, () => writeCommand(writer, envelope.command))
  writer.bytes(8, envelope.body)
  if (handshake !== undefined) writer.message(9, () => writeHandshake(writer, handshake))
}

export function readEnvelope(reader: WireReader): CommandEnvelope {
  let conversation: ConversationId | undefined
  let sender: UserId | undefined
  let device: DeviceId | undefined
  let n = 0
  let prev = 0
  let standing = 0
  let command: Command | undefined
  let body: Uint8Array = nothing
  let handshake: Handshake | undefined
  for (let field = reader.next(); field !== 0; field = reader.next())
    switch (field) {
      case 1:
        conversation = conversationIdOf(reader.bytes())
        break
      case 2:
        sender = userIdOf(reader.bytes())
        break
      case 3:
        device = deviceIdOf(reader.bytes())
        break
      case 4:
        n = reader.uint()
        break
      case 5:
        prev = reader.uint()
        break
      case 6:
        standing = reader.uint()
        break
      case 7:
        command = readCommand(reader.reader())
        break
      case 8:
        body = reader.bytes()
        break
      case 9:
        handshake = readHandshake(reader.reader())
        break
      default:
        reader.skip()
    }
  if (conversation === undefined || sender === undefined || device === undefined)
    throw malformed('a command without ids')
  if (command === undefined) throw malformed('an envelope without a command')
  if (n === 0) throw malformed('n counts from 1')
  return { conversation, sender, device, n, prev, standing, command, body, handshake }
}

export function writeCommand(writer: WireWriter, command: Command): void {
  switch (command.kind) {
    case 'create':
      return writer.message(1, () => {
        writer.uint(1, conversationKinds.indexOf(command.conversationKind))
        writer.uint(2, encryptions.indexOf(command.encryption))
        for (const member of command.members) writer.id(3, member)
        for (const device of command.devices) writeDeviceOfUser(writer, 4, device)
        writer.uint(5, command.suite)
        writer.uint(6, command.epoch)
        if (command.blob !== undefined) writer.bytes(7, command.blob)
      })
    case 'send':
      return writer.message(2, () => {
        writer.uint(1, command.epoch)
        writer.uint(2, command.generation)
        writer.bool(3, command.isSilent)
        writer.bytes(4, command.commitment)
      })
    case 'commit':
      return writer.message(3, () => {
        writer.uint(1, command.epoch)
        for (const user of command.addUsers) writer.id(2, user)
        for (const user of command.removeUsers) writer.id(3, user)
        for (const device of command.addDevices) writeDeviceOfUser(writer, 4, device)
        for (const device of command.removeDevices) writer.id(5, device)
        if (command.blob !== undefined) writer.bytes(6, command.blob)
      })
    case 'leave':
      return writer.message(4, () => {})
    case 'set-role':
      return writer.message(5, () => {
        writer.id(1, command.user)
        writer.uint(2, roles.indexOf(command.role))
        writer.uint(3, command.since)
      })
    case 'erase':
      return writer.message(6, () => writer.uint(1, command.target))
    case 'system':
      return writer.message(7, () => {
        writer.uint(1, systemChanges.indexOf(command.change))
        writer.id(2, command.user)
        if (command.device !== undefined) writer.id(3, command.device)
      })
    default:
      return unreachable(command)
  }
}

export function readCommand(outer: WireReader): Command {
  let command: Command | undefined
  for (let field = outer.next(); field !== 0; field = outer.next()) {
    const read = commandReaders[field]
    if (read === undefined) outer.skip()
    else command = read(outer.reader())
  }
  if (command === undefined) throw malformed('a command of an unknown kind')
  return command
}

const commandReaders: Readonly<Record<number, (reader: WireReader) => Command>> = {
  1: readCreate,
  2: readSend,
  3: readCommit,
  4: () => ({ kind: 'leave' }),
  5: readSetRole,
  6: readErase,
  7: readSystem,
}

function readCreate(reader: WireReader): Command {
  let conversationKind: ConversationKind | undefined
  let encryption: Encryption | undefined
  const members: UserId[] = []
  const devices: DeviceOfUser[] = []
  let suite = 0
  let epoch = 0
  let blob: Uint8Array | undefined
  for (let field = reader.next(); field !== 0; field = reader.next())
    switch (field) {
      case 1:
        conversationKind = conversationKinds[reader.uint()]
        break
      case 2:
        encryption = encryptions[reader.uint()]
        break
      case 3:
        members.push(userIdOf(reader.bytes()))
        break
      case 4:
        devices.push(readDeviceOfUser(reader.reader()))
        break
      case 5:
        suite = reader.uint()
        break
      case 6:
        epoch = reader.uint()
        break
      case 7:
        blob = reader.bytes()
        break
      default:
        reader.skip()
    }
  if (conversationKind === undefined || encryption === undefined)
    throw malformed('a create of an unknown kind')
  return { kind: 'create', conversationKind, encryption, members, devices, suite, epoch, blob }
}

function readSend(reader: WireReader): Command {
  let epoch = 0
  let generation = 0
  let isSilent = false
  let commitment: Uint8Array = nothing
  for (let field = reader.next(); field !== 0; field = reader.next())
    if (field === 1) epoch = reader.uint()
    else if (field === 2) generation = reader.uint()
    else if (field === 3) isSilent = reader.bool()
    else if (field === 4) commitment = reader.bytes()
    else reader.skip()
  return { kind: 'send', epoch, generation, isSilent, commitment }
}

function readCommit(reader: WireReader): Command {
  let epoch = 0
  const addUsers: UserId[] = []
  const removeUsers: UserId[] = []
  const addDevices: DeviceOfUser[] = []
  const removeDevices: DeviceId[] = []
  let blob: Uint8Array | undefined
  for (let field = reader.next(); field !== 0; field = reader.next())
    switch (field) {
      case 1:
        epoch = reader.uint()
        break
      case 2:
        addUsers.push(userIdOf(reader.bytes()))
        break
      case 3:
        removeUsers.push(userIdOf(reader.bytes()))
        break
      case 4:
        addDevices.push(readDeviceOfUser(reader.reader()))
        break
      case 5:
        removeDevices.push(deviceIdOf(reader.bytes()))
        break
      case 6:
        blob = reader.bytes()
        break
      default:
        reader.skip()
    }
  return { kind: 'commit', epoch, addUsers, removeUsers, addDevices, removeDevices, blob }
}

function readSetRole(reader: WireReader): Command {
  let user: UserId | undefined
  let role: Role | undefined
  let since = 0
  for (let field = reader.next(); field !== 0; field = reader.next())
    if (field === 1) user = userIdOf(reader.bytes())
    else if (field === 2) role = roles[reader.uint()]
    else if (field === 3) since = reader.uint()
    else reader.skip()
  if (user === undefined || role === undefined) throw malformed('a role without user')
  return { kind: 'set-role', user, role, since }
}

function readErase(reader: WireReader): Command {
  let target = 0
  for (let field = reader.next(); field !== 0; field = reader.next())
    if (field === 1) target = reader.uint()
    else reader.skip()
  return { kind: 'erase', target }
}

function readSystem(reader: WireReader): Command {
  let change: SystemChange | undefined
  let user: UserId | undefined
  let device: DeviceId | undefined
  for (let field = reader.next(); field !== 0; field = reader.next())
    if (field === 1) change = systemChanges[reader.uint()]
    else if (field === 2) user = userIdOf(reader.bytes())
    else if (field === 3) device = deviceIdOf(reader.bytes())
    else reader.skip()
  if (change === undefined || user === undefined) throw malformed('an unknown system change')
  return { kind: 'system', change, user, device }
}

function writeHandshake(writer: WireWriter, { welcome, tree, groupInfo }: Handshake): void {
  writer.bytes(1, welcome)
  writer.bytes(2, tree)
  writer.bytes(3, groupInfo)
}

function readHandshake(reader: WireReader): Handshake {
  let welcome: Uint8Array = nothing
  let tree: Uint8Array = nothing
  let groupInfo: Uint8Array = nothing
  for (let field = reader.next(); field !== 0; field = reader.next())
    if (field === 1) welcome = reader.bytes()
    else if (field === 2) tree = reader.bytes()
    else if (field === 3) groupInfo = reader.bytes()
    else reader.skip()
  return { welcome, tree, groupInfo }
}

export function writeDeviceOfUser(
  writer: WireWriter,
  field: number,
  { user, device }: DeviceOfUser,
): void {
  writer.message(field, () => {
    writer.id(1, user)
    writer.id(2, device)
  })
}

export function readDeviceOfUser(reader: WireReader): DeviceOfUser {
  let user: UserId | undefined
  let device: DeviceId | undefined
  for (let field = reader.next(); field !== 0; field = reader.next())
    if (field === 1) user = userIdOf(reader.bytes())
    else if (field === 2) device = deviceIdOf(reader.bytes())
    else reader.skip()
  if (user === undefined || device === undefined) throw malformed('a device without user')
  return { user, device }
}

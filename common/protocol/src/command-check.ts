import type { CommandEnvelope, Handshake } from './command.ts'
import { ChatError } from './errors.ts'
import { limits } from './limits.ts'

const hashBytes = 32

/**
 * What a device may put into a command, whatever the conversation: checked by the sender before it
 * sends and by the gateway before the log. The rules of the conversation are decided later.
 *
 * Throws `too-large`, `bad-request`, or `not-allowed` for a command that only services write.
 */
export function checkCommand({ command, body, handshake }: CommandEnvelope): void {
  switch (command.kind) {
    case 'create':
      checkCount('members', command.members)
      checkCount('devices', command.devices)
      checkContent(command.blob, body, handshake)
      break
    case 'commit':
      checkCount('added users', command.addUsers)
      checkCount('removed users', command.removeUsers)
      checkCount('added devices', command.addDevices)
      checkCount('removed devices', command.removeDevices)
      checkContent(command.blob, body, handshake)
      break
    case 'system':
      throw new ChatError('not-allowed', 'a command that only services write')
    case 'send':
      if (command.commitment.length !== hashBytes)
        throw new ChatError('bad-request', `a commitment has ${hashBytes} bytes`)
      checkBody(body, handshake)
      break
    default:
      checkBody(body, handshake)
  }
}

function checkBody(body: Uint8Array, handshake: Handshake | undefined): void {
  if (handshake !== undefined)
    throw new ChatError('bad-request', 'only a create or a commit has a handshake')
  if (body.length > limits.messageBodyBytesMax)
    throw new ChatError('too-large', `a body has ${limits.messageBodyBytesMax} bytes at most`)
}

/** Body and handshake are either here or in the blob. */
function checkContent(
  blob: Uint8Array | undefined,
  body: Uint8Array,
  handshake: Handshake | undefined,
): void {
  if (blob === undefined) {
    const { welcome, tree, groupInfo } = handshake ?? noHandshake
    const inlineBytes = body.length + welcome.length + tree.length + groupInfo.length
    if (inlineBytes > limits.commandInlineBytesMax)
      throw new ChatError('too-large', `above ${limits.commandInlineBytesMax} bytes: upload a blob`)
    return
  }
  if (blob.length !== hashBytes)
    throw new ChatError('bad-request', `a blob is named by ${hashBytes} bytes`)
  if (body.length > 0 || handshake !== undefined)
    throw new ChatError('bad-request', 'content beside a blob')
}

const nothing: Uint8Array = new Uint8Array(0)
const noHandshake: Handshake = { welcome: nothing, tree: nothing, groupInfo: nothing }

function checkCount(what: string, items: readonly unknown[]): void {
  if (items.length > limits.arrayItemsMax)
    throw new ChatError('too-large', `${what}: ${limits.arrayItemsMax} at most`)
}

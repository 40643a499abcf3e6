import type { DeviceId, Message, UserId } from '@parley/protocol'
import type { StoredContent } from '../state/records.ts'

/** The line that a change of the conversation leaves in it; undefined for none. */
export function systemLine({ command, sender }: Message): StoredContent | undefined {
  switch (command.kind) {
    case 'create':
      return line('created', command.conversationKind === 'direct' ? [] : command.members)
    case 'commit': {
      const { addUsers, removeUsers, addDevices } = command
      if (addUsers.length > 0) return line('added', addUsers)
      if (removeUsers.length > 0) return line('removed', removeUsers)
      if (addDevices.length > 0) return line('device-added', usersOf(addDevices))
      // Removed devices alone were told of before: when somebody left, or a device was revoked.
      return undefined
    }
    case 'leave':
      return line('left', [sender])
    case 'set-role':
      return { ...line('role', [command.user]), text: command.role }
    case 'system':
      return line('device-removed', [command.user])
    default:
      return undefined
  }
}

type Line = Extract<StoredContent, { kind: 'system' }>

function line(change: Line['change'], users: readonly UserId[]): Line {
  return { kind: 'system', change, users: [...new Set(users)] }
}

function usersOf(devices: readonly { readonly user: UserId; readonly device: DeviceId }[]) {
  return devices.map(({ user }) => user)
}

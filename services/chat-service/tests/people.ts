import {
  type DeviceId,
  newConversationId,
  newDeviceId,
  newUserId,
  type UserId,
} from '@parley/protocol'

export interface Person {
  readonly user: UserId
  readonly device: DeviceId
}

let made = 0n

const parts = () => {
  made += 1n
  return { atMs: 1_000, cell: 0, random: made }
}

export const newPerson = (): Person => ({ user: newUserId(parts()), device: newDeviceId(parts()) })

export const withNewDevice = ({ user }: Person): Person => ({ user, device: newDeviceId(parts()) })

export const newGroupId = () => newConversationId(parts())

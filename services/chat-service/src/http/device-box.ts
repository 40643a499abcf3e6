import { chatRoutes, toText } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { DeviceBox } from '../domain/device-box.ts'

/** `GET /v1/device-box` and its acknowledgement, for the caller's own device. */
export function deviceBoxRoutes({ boxes }: { readonly boxes: DeviceBox }) {
  return [
    route(chatRoutes.listDeviceBox, async ({ caller, query }) => {
      const entries = await boxes.list(caller.device, query.after, query.limit)
      return {
        entries: entries.map(({ id, conversation, seq, welcome, tree }) => ({
          id,
          conversation,
          seq,
          welcome: toText(welcome),
          tree: toText(tree),
        })),
        isEnd: entries.length < query.limit,
        hasOverflowed: false,
      }
    }),
    route(chatRoutes.acknowledgeDeviceBox, async ({ caller, body }) => {
      await boxes.acknowledge(caller.device, body.upTo)
      return {}
    }),
  ]
}

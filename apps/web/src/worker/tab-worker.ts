import type { TabMessage } from '../link/messages.ts'
import { channelName } from '../link/names.ts'
import { Hub } from './hub.ts'

/** The worker of one tab, which serves the other tabs too. */
const hub = new Hub()
const channel = new BroadcastChannel(channelName)

channel.onmessage = ({ data }: MessageEvent<TabMessage | { readonly message: unknown }>) => {
  if ('message' in data) return
  const { tab } = data
  if (data.kind === 'hello') hub.join(tab, (message) => channel.postMessage({ to: tab, message }))
  else void hub.answer(data)
}
channel.postMessage({ message: { kind: 'started' } })

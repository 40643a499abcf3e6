import type { TabMessage } from '../link/messages.ts'
import { Hub } from './hub.ts'

/** The worker of all tabs, where the browser has shared ones. Each tab has a port of its own. */
const hub = new Hub()

addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports
  if (port === undefined) return
  port.onmessage = ({ data }: MessageEvent<TabMessage>) => {
    if (data.kind === 'hello') hub.join(data.tab, (message) => port.postMessage(message))
    else void hub.answer(data)
  }
})

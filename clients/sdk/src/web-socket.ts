import type { Socket, SocketEvents } from './platform.ts'

/** The `WebSocket` that browsers and Node have alike. */
export function openWebSocket(url: string, events: SocketEvents): Socket {
  const socket = new WebSocket(url)
  socket.binaryType = 'arraybuffer'
  socket.onopen = () => events.open()
  socket.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (data instanceof ArrayBuffer) events.message(new Uint8Array(data))
  }
  socket.onclose = ({ code, reason }) => events.close(code, reason)
  return {
    send: (bytes) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(new Uint8Array(bytes))
    },
    close: () => socket.close(),
  }
}

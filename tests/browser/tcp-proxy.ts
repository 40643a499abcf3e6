import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A cable that can be pulled, and listened to: forwards connections to a port of this machine. */
export class TcpProxy implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isCut = false
  /** What went over each connection, by direction. */
  readonly #heard: { readonly sent: Buffer[]; readonly answered: Buffer[] }[] = []

  private constructor(server: Server, target: number) {
    this.#server = server
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    this.port = address.port
    server.on('connection', (near) => {
      if (this.#isCut) return void near.destroy()
      const far = connect(target, '127.0.0.1')
      const heard = { sent: [] as Buffer[], answered: [] as Buffer[] }
      this.#heard.push(heard)
      near.on('data', (bytes: Buffer) => heard.sent.push(bytes))
      far.on('data', (bytes: Buffer) => heard.answered.push(bytes))
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from)
        from.pipe(to)
        from.on('error', () => to.destroy())
        from.once('close', () => {
          to.destroy()
          this.#sockets.delete(from)
        })
      }
    })
  }

  static async to(target: number): Promise<TcpProxy> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new TcpProxy(server, target)
  }

  get url(): string {
    return `http://localhost:${this.port}`
  }

  /** All of it, with the masks of WebSocket frames taken off (RFC 6455, section 5.3). */
  get heard(): readonly Buffer[] {
    return this.#heard.flatMap(({ sent, answered }) => [
      withoutMasks(Buffer.concat(sent)),
      Buffer.concat(answered),
    ])
  }

  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  mend(): void {
    this.#isCut = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** A connection of a client as it is, but for the payloads of WebSocket frames, which are masked. */
function withoutMasks(bytes: Buffer): Buffer {
  const head = bytes.indexOf('\r\n\r\n') + 4
  if (head < 4 || !/^upgrade: websocket/im.test(bytes.toString('latin1', 0, head))) return bytes
  const plain = Buffer.from(bytes)
  for (let at = head; at + 2 <= plain.length; ) {
    const length = (plain[at + 1] ?? 0) & 0x7f
    const extra = length === 126 ? 2 : length === 127 ? 8 : 0
    const size =
      length === 126
        ? plain.readUInt16BE(at + 2)
        : length === 127
          ? Number(plain.readBigUInt64BE(at + 2))
          : length
    const mask = at + 2 + extra
    const end = Math.min(plain.length, mask + 4 + size)
    for (let index = mask + 4; index < end; index += 1)
      plain[index] = (plain[index] ?? 0) ^ (plain[mask + ((index - mask) % 4)] ?? 0)
    at = end
  }
  return plain
}

import { createServer, type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { ChatError, errorFacts, limits } from '@parley/protocol'
import type { Clock } from '../clock.ts'
import { StartError } from '../start-error.ts'
import { errorBodyOf, toResponse } from './error-response.ts'

/** What is known of a request beside itself. */
export interface RequestFacts {
  /** Address of the peer; of the nearest proxy when there is one. */
  readonly address: string
}

export interface HttpServerOptions {
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  readonly fetch: (request: Request, facts: RequestFacts) => Promise<Response>
  /** Takes over the sockets of WebSockets; without it they are refused. */
  readonly onUpgrade?: (request: IncomingMessage, socket: Socket, head: Uint8Array) => void
  readonly connectionsMax?: number
  readonly clock: Clock
}

export interface HttpServer extends AsyncDisposable {
  readonly port: number
  /** No new connections from now on; disposing ends those that are left. */
  stopListening(): void
}

// Node waits 60 s for headers and 300 s for requests, and looks every 30 s; 300 slow peers stayed
// for a whole attack with these.
const headersMs = 10_000
const requestMs = 30_000
const idleMs = 5_000
const checkMs = 2_000
const requestsPerConnectionMax = 10_000
/** How long answers that are on their way may take when the server ends. */
const graceMs = 2_000

/**
 * Serves a Fetch handler over HTTP/1.1. Slow, large and endless requests are cut off.
 *
 * Errors: `StartError` when the port is taken.
 */
export async function openHttpServer({
  host,
  port,
  fetch,
  onUpgrade,
  connectionsMax = 120_000,
  clock,
}: HttpServerOptions): Promise<HttpServer> {
  const listener = getRequestListener(
    (request, { incoming }) =>
      fetch(request, { address: incoming.socket?.remoteAddress ?? 'unknown' }),
    {
      overrideGlobalObjects: false,
      errorHandler: () => toResponse(new ChatError('bad-request', 'not a request')),
    },
  )
  const server = createServer(
    {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      keepAliveTimeout: idleMs,
      connectionsCheckingInterval: checkMs,
      maxHeaderSize: limits.headerBytesMax,
      noDelay: true,
    },
    listener,
  )
  server.on('clientError', refuseClient)
  server.maxConnections = connectionsMax
  server.maxRequestsPerSocket = requestsPerConnectionMax
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Uint8Array) => {
    if (onUpgrade === undefined) socket.destroy()
    // Node types it as any stream; a server that listens on a port gives sockets.
    else onUpgrade(request, socket as Socket, head)
  })
  await listen(server, host, port)
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    stopListening: () => void server.close(),
    async [Symbol.asyncDispose]() {
      const { promise, resolve } = Promise.withResolvers<void>()
      if (!server.listening) resolve()
      server.close(() => resolve())
      server.closeIdleConnections()
      using _ = clock.after(graceMs, () => server.closeAllConnections())
      await promise
    },
  }
}

/** What is no HTTP is answered with an error of ours, where the peer can still read one. */
function refuseClient(cause: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || cause.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const error =
    cause.code === 'HPE_HEADER_OVERFLOW'
      ? new ChatError('too-large', `all headers may have ${limits.headerBytesMax} bytes`)
      : cause.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? new ChatError('timeout', 'the request took too long')
        : new ChatError('bad-request', 'not a request')
  const body = JSON.stringify(errorBodyOf(error))
  const { httpStatus } = errorFacts[error.code]
  const head = [
    `HTTP/1.1 ${httpStatus} ${STATUS_CODES[httpStatus]}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'X-Content-Type-Options: nosniff',
    'Cache-Control: no-store',
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}

function listen(server: ReturnType<typeof createServer>, host: string, port: number) {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', (cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EADDRINUSE')
      reject(
        new StartError(
          `Port ${port} on ${host} is in use. Stop the other program or choose another port.`,
          { cause },
        ),
      )
    else if (cause.code === 'EACCES')
      reject(
        new StartError(`Port ${port} on ${host} may not be used. Choose one above 1023.`, {
          cause,
        }),
      )
    else reject(new StartError(`Cannot listen on ${host}:${port} (${cause.code}).`, { cause }))
  })
  server.listen({ host, port, backlog: 4096 }, resolve)
  return promise
}

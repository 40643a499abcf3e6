/**
 * The version of the wire contract, said in `hello`. The server speaks this one and the one before.
 *
 * History
 * - 1: the first.
 */
export const protocolVersion = 1
export const protocolVersionMin = 1

/** Where a gateway takes WebSockets. */
export const socketPath = '/v1/socket'

import { assert } from './assert.ts'

/**
 * Every limit that a release may change, with its unit last in the name. Nothing is unlimited.
 *
 * The limits that `decide` applies are not here: they belong to an edition of its rules, because a
 * record must be decided alike by every version of the program.
 */
export const limits = {
  /** The cell field of an id has 10 bits. */
  cells: 1024,

  // The socket.
  /** One binary WebSocket message from a client; a larger one closes it with 1009. */
  frameBytesMax: 64 * 1024,
  /** Before the token has been verified. */
  helloBytesMax: 4 * 1024,
  helloMs: 5_000,
  heartbeatMs: 25_000,
  /** Frames in one WebSocket message from a client. */
  framesPerMessageMax: 64,
  /** What waits for one socket; then ephemeral frames are dropped, then `lagging`, then 4008. */
  socketQueueBytesMax: 256 * 1024,
  socketsPerDevice: 2,
  socketsPerAccount: 12,
  unauthenticatedSocketsPerAddress: 20,
  invalidFramesPerMinute: 20,
  reconnectSpreadMsMin: 1_000,
  reconnectSpreadMsMax: 60_000,
  /** After the access token has expired, before the socket is closed with 4401. */
  tokenGraceMs: 60_000,
  watchedUsersMax: 50,
  signalBytesMax: 1024,
  markBlobBytesMax: 1024,
  clientNameBytesMax: 64,
  /** The name of a user log's epoch. */
  epochBytesMax: 64,

  // Commands.
  /** Body, welcome, tree and group info of one record; larger ones are uploaded first. */
  commandInlineBytesMax: 48 * 1024,
  commandBlobBytesMax: 2 * 1024 * 1024,
  /** A sealed message: padded to 32 KiB at most, and what MLS adds to it. */
  messageBodyBytesMax: 34 * 1024,
  textBytesMax: 16 * 1024,

  // REST.
  jsonBytesMax: 256 * 1024,
  jsonDepthMax: 16,
  arrayItemsMax: 1_000,
  urlBytesMax: 2 * 1024,
  headerBytesMax: 16 * 1024,

  // History and sync.
  historyPageMessagesDefault: 50,
  historyPageMessagesMax: 200,
  conversationPageDefault: 20,
  conversationPageMax: 100,
  /** A longer gap in the user log is answered with `too-long`. */
  syncEntriesMax: 2_000,
  syncAgeMsMax: 30 * 24 * 3_600_000,
  syncPageEntries: 100,
  deviceBoxEntriesMax: 10_000,
  deviceBoxPageEntries: 50,
  deviceBoxAgeMsMax: 45 * 24 * 3_600_000,

  // Accounts.
  userNameCharsMin: 3,
  userNameCharsMax: 32,
  displayNameGraphemesMax: 64,
  aboutGraphemesMax: 200,
  /** Alone, without a second factor. */
  passwordCharsMin: 15,
  passwordBytesMax: 256,
  devicesPerUser: 10,
  deviceNameCharsMax: 64,
  keyPackagesPerDevice: 100,
  keyPackagesRefillBelow: 25,
  keyPackageBytesMax: 16 * 1024,
  keyPackagesPerClaim: 64,
  blocksPerUser: 1_000,
  passwordHashQueue: 100,

  // The log and the stores.
  /** Rows a store returns from one call. */
  storePageRows: 500,
  /** Rows that share one fsync in the embedded store. */
  storeBatchRows: 256,
  /** Rows replayed at most, beyond the uncommitted ones, when a conversation is loaded. */
  rowsBetweenSnapshots: 64,
  /** Records of one partition being worked on at once. */
  recordsInFlight: 1024,
  /** Conversations one partition keeps in memory. */
  lanesLoaded: 10_000,
  logRecordBytesMax: 64 * 1024 + 1024,
  /** Waiting appends of one process; more are refused as `overloaded`. */
  logAppendsWaiting: 20_000,
  sessionLeaseMs: 120_000,
} as const

assert(limits.historyPageMessagesMax <= limits.storePageRows, 'a history page is one store call')
assert(limits.recordsInFlight < limits.lanesLoaded, 'some lane is idle, and can be evicted')
assert(limits.commandInlineBytesMax < limits.frameBytesMax, 'an inline command fits its frame')
assert(limits.messageBodyBytesMax < limits.commandInlineBytesMax, 'a message needs no upload')
assert(limits.frameBytesMax < limits.logRecordBytesMax, 'a frame fits a record')

export { FaultyBlobStore } from '../tests/blob-store.faulty.ts'
export { FaultyBus } from '../tests/bus.faulty.ts'
export { FaultyEphemeralStore } from '../tests/ephemeral-store.faulty.ts'
export { FaultyEventLog } from '../tests/event-log.faulty.ts'
export { SeededRandom, seedOfRun } from '../tests/seeded-random.ts'
export { FaultySessionRegistry } from '../tests/session-registry.faulty.ts'
export { openPgliteSql } from '../tests/sql.pglite.ts'
export { temporaryFolder } from '../tests/temporary-folder.ts'
export { type BlobStoreUnderTest, blobStoreContract } from './blob-store/blob-store.contract.ts'
export { type BusUnderTest, busContract } from './bus/bus.contract.ts'
export {
  type EphemeralStoreUnderTest,
  ephemeralStoreContract,
} from './ephemeral-store/ephemeral-store.contract.ts'
export { type EventLogUnderTest, eventLogContract } from './event-log/event-log.contract.ts'
export {
  type SessionRegistryUnderTest,
  sessionRegistryContract,
} from './session-registry/session-registry.contract.ts'
export { sqlContract } from './sql/sql.contract.ts'
export { openSqliteSql } from './sql/sql.sqlite.ts'

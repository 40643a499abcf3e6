export {
  type AccountKey,
  accountKeyFromSeed,
  createAccountKey,
  type DeviceKeyClaim,
  signDeviceKey,
  verifyDeviceKey,
} from './account-key.ts'
export { createWrapKey, openEntry, sealEntry } from './at-rest.ts'
export type { Identity } from './credential.ts'
export { E2eeError, type E2eeErrorCode } from './e2ee-error.ts'
export {
  decodeEnvelope,
  type Envelope,
  type EnvelopeContent,
  type EnvelopeKind,
  encodeEnvelope,
} from './envelope.ts'
export type { Mark } from './mark.ts'
export { type DeviceOptions, defaultSuite, groupDevicesMax, MlsDevice } from './mls-device.ts'
export { loadMlsModule, type MlsModule } from './mls-module.ts'
export type {
  Change,
  CommitBundle,
  Entry,
  Group,
  GroupMember,
  KeyPackageFacts,
  LeafIdentity,
  OpenedWelcome,
  Processed,
  SealedMessage,
} from './mls-values.ts'
export { groupsOfDigits, type SafetyNumberSide, safetyNumber } from './safety-number.ts'

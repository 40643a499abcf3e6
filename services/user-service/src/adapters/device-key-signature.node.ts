import type { VerifyDeviceKey } from '../domain/device-key-signature.ts'

export const verifyDeviceKey: VerifyDeviceKey = async () => true

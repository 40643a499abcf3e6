import { z } from 'zod'
import { limits } from '../limits.ts'
import { bytesText, count, deviceIdShape, displayName, userIdShape, userName } from './shapes.ts'

/**
 * REST contract of user-service. Each route: method, path, request, answer. Every path but the ones
 * marked `isPublic` wants `Authorization: Bearer <access token>`.
 *
 * With `transport: 'cookie'` (browsers) the refresh token travels in the cookie `__Host-rt` alone.
 */
const password = z.string().min(1).max(limits.passwordBytesMax)
const transport = z.enum(['cookie', 'body'])
const deviceName = z.string().trim().min(1).max(limits.deviceNameCharsMax)
const platform = z.enum(['web', 'node', 'other'])
const publicKey = bytesText(32)
const signature = bytesText(64)
const keyPackage = bytesText(limits.keyPackageBytesMax)

/** What a sign-up, a sign-in and a renewal answer with. */
export const session = z.strictObject({
  user: userIdShape,
  device: deviceIdShape,
  name: userName,
  displayName: z.string(),
  accessToken: z.string(),
  expiresInS: count,
  /** Only with `transport: 'body'`. */
  refreshToken: z.string().optional(),
})

export const device = z.strictObject({
  device: deviceIdShape,
  name: z.string(),
  platform,
  addedAtMs: count,
  /** To the day. */
  lastSeenMs: count,
  isCurrent: z.boolean(),
  /** `pending`: waits for another device of the account to sign its key. */
  state: z.enum(['active', 'pending']),
  deviceKey: publicKey.nullable(),
})

export const profile = z.strictObject({
  user: userIdShape,
  name: userName,
  displayName: z.string(),
  about: z.string(),
})

/** The keys of a user that others need; only signed, unrevoked devices are in it. */
export const userKeys = z.strictObject({
  user: userIdShape,
  accountKey: publicKey.nullable(),
  devices: z.array(
    z.strictObject({ device: deviceIdShape, deviceKey: publicKey, signature, addedAtMs: count }),
  ),
})

export const accountRoutes = {
  signUp: {
    method: 'post',
    path: '/v1/accounts',
    isPublic: true,
    request: z.strictObject({
      name: userName,
      displayName: displayName.optional(),
      password,
      deviceName,
      platform,
      transport,
    }),
    answer: session,
  },
  signIn: {
    method: 'post',
    path: '/v1/sessions',
    isPublic: true,
    request: z.strictObject({
      name: z.string().min(1).max(64),
      password,
      /** Signing in again on a device that still has its keys makes it the same device again. */
      device: deviceIdShape.optional(),
      deviceName,
      platform,
      transport,
    }),
    answer: session,
  },
  refresh: {
    method: 'post',
    path: '/v1/sessions/refresh',
    isPublic: true,
    request: z.strictObject({ refreshToken: z.string().max(128).optional(), transport }),
    answer: session,
  },
  /** Ends this session; the device keeps its keys and may sign in again. */
  signOut: {
    method: 'post',
    path: '/v1/sessions/end',
    isPublic: false,
    request: z.strictObject({}),
    answer: z.strictObject({}),
  },
  listDevices: {
    method: 'get',
    path: '/v1/devices',
    isPublic: false,
    request: undefined,
    answer: z.strictObject({ devices: z.array(device) }),
  },
  renameDevice: {
    method: 'patch',
    path: '/v1/devices/{device}',
    isPublic: false,
    request: z.strictObject({ name: deviceName }),
    answer: device,
  },
  /** Wants the password again. The device is cut within two seconds. */
  revokeDevice: {
    method: 'post',
    path: '/v1/devices/{device}/revoke',
    isPublic: false,
    request: z.strictObject({ password }),
    answer: z.strictObject({}),
  },
  /** The key of the caller's own device; with the account's signature when the device has it. */
  putDeviceKey: {
    method: 'put',
    path: '/v1/devices/current/key',
    isPublic: false,
    request: z.strictObject({ deviceKey: publicKey, signature: signature.optional() }),
    answer: z.strictObject({ state: z.enum(['active', 'pending']) }),
  },
  /** An active device vouches for a pending one and hands it the account key, sealed for it. */
  approveDevice: {
    method: 'put',
    path: '/v1/devices/{device}/signature',
    isPublic: false,
    request: z.strictObject({ signature, sealedAccountKey: bytesText(1024) }),
    answer: z.strictObject({}),
  },
  /** What an approved device finds: its signature and the sealed account key. */
  readApproval: {
    method: 'get',
    path: '/v1/devices/current/approval',
    isPublic: false,
    request: undefined,
    answer: z.strictObject({
      state: z.enum(['active', 'pending']),
      signature: signature.nullable(),
      sealedAccountKey: z.string().nullable(),
    }),
  },
  readOwnProfile: {
    method: 'get',
    path: '/v1/me',
    isPublic: false,
    request: undefined,
    answer: profile,
  },
  changeProfile: {
    method: 'patch',
    path: '/v1/me',
    isPublic: false,
    request: z.strictObject({
      displayName: displayName.optional(),
      about: z.string().max(2048).optional(),
    }),
    answer: profile,
  },
  /** Query `name`: exact. The same `not-found` for unknown and hidden. */
  findUser: {
    method: 'get',
    path: '/v1/users',
    isPublic: false,
    query: z.strictObject({ name: z.string().min(1).max(64) }),
    request: undefined,
    answer: profile,
  },
  readProfiles: {
    method: 'post',
    path: '/v1/users/profiles',
    isPublic: false,
    request: z.strictObject({ users: z.array(userIdShape).min(1).max(256) }),
    answer: z.strictObject({ profiles: z.array(profile) }),
  },
  readUserKeys: {
    method: 'post',
    path: '/v1/users/keys',
    isPublic: false,
    request: z.strictObject({ users: z.array(userIdShape).min(1).max(256) }),
    answer: z.strictObject({ users: z.array(userKeys) }),
  },
  putAccountKey: {
    method: 'put',
    path: '/v1/me/account-key',
    isPublic: false,
    request: z.strictObject({ accountKey: publicKey }),
    answer: z.strictObject({}),
  },
  listBlocks: {
    method: 'get',
    path: '/v1/blocks',
    isPublic: false,
    request: undefined,
    answer: z.strictObject({ users: z.array(userIdShape) }),
  },
  block: {
    method: 'put',
    path: '/v1/blocks/{user}',
    isPublic: false,
    request: z.strictObject({}),
    answer: z.strictObject({}),
  },
  unblock: {
    method: 'delete',
    path: '/v1/blocks/{user}',
    isPublic: false,
    request: undefined,
    answer: z.strictObject({}),
  },
  publishKeyPackages: {
    method: 'post',
    path: '/v1/key-packages',
    isPublic: false,
    request: z.strictObject({
      suite: count,
      keyPackages: z.array(keyPackage).max(limits.keyPackagesPerDevice),
      lastResort: keyPackage.optional(),
    }),
    answer: z.strictObject({ available: count }),
  },
  countKeyPackages: {
    method: 'get',
    path: '/v1/key-packages/count',
    isPublic: false,
    request: undefined,
    answer: z.strictObject({ available: count, hasLastResort: z.boolean() }),
  },
  /** One key package for each active device of these users, but not for the caller's own device. */
  claimKeyPackages: {
    method: 'post',
    path: '/v1/key-packages/claim',
    isPublic: false,
    request: z.strictObject({
      suite: count,
      users: z.array(userIdShape).min(1).max(limits.keyPackagesPerClaim),
      /** Only these devices of them; all when it is missing. */
      devices: z.array(deviceIdShape).max(limits.arrayItemsMax).optional(),
    }),
    answer: z.strictObject({
      keyPackages: z.array(
        z.strictObject({ user: userIdShape, device: deviceIdShape, keyPackage: z.string() }),
      ),
      /** Users of whom no device could be reached. */
      missing: z.array(userIdShape),
    }),
  },
  /** RFC 7517. */
  jwks: {
    method: 'get',
    path: '/.well-known/jwks.json',
    isPublic: true,
    request: undefined,
    answer: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }),
  },
} as const

/** For other services only; the gateway does not route `/internal/`. */
export const accountInternalRoutes = {
  /** Devices revoked since `since` (a running number); the edges re-read it after a lost message. */
  listRevocations: {
    method: 'get',
    path: '/internal/revocations',
    query: z.strictObject({ since: z.coerce.number().int().nonnegative() }),
    answer: z.strictObject({
      head: count,
      revocations: z.array(
        z.strictObject({ number: count, user: userIdShape, device: deviceIdShape }),
      ),
    }),
  },
} as const

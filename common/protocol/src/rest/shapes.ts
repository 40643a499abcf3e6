import { z } from 'zod'
import { fromBase64Url, toBase64Url } from '../base64url.ts'
import { type ErrorCode, errorFacts } from '../errors.ts'
import {
  type ConversationId,
  type DeviceId,
  isConversationId,
  isDeviceId,
  isUserId,
  type UserId,
} from '../ids.ts'
import { limits } from '../limits.ts'

/** What several contracts share. Bytes travel as base64url without padding in JSON. */
export const userIdShape = z.custom<UserId>(isUserId, 'a user id')
export const deviceIdShape = z.custom<DeviceId>(isDeviceId, 'a device id')
export const conversationIdShape = z.custom<ConversationId>(isConversationId, 'a conversation id')

export const count = z.int().nonnegative()

/** Bytes as base64url text, at most `bytesMax` of them. */
export function bytesText(bytesMax: number) {
  return z
    .string()
    .max(Math.ceil((bytesMax * 4) / 3))
    .regex(/^[A-Za-z0-9_-]*$/, 'base64url without padding')
}

export const toBytes = (text: string): Uint8Array => fromBase64Url(text)
export const toText = (bytes: Uint8Array): string => toBase64Url(bytes)

export const userName = z
  .string()
  .regex(/^[a-z0-9_.]+$/, 'lower-case letters, digits, underscore and dot')
  .min(limits.userNameCharsMin)
  .max(limits.userNameCharsMax)

/** Control characters, bidi overrides and zero-width characters are refused by the service. */
export const displayName = z.string().trim().min(1).max(512)

const errorCode = z.enum(Object.keys(errorFacts) as [ErrorCode, ...ErrorCode[]])

/** Body of every answer that is not a success. */
export const errorBody = z.strictObject({
  error: z.strictObject({
    code: errorCode,
    message: z.string(),
    retryAfterMs: count.optional(),
    requestId: z.string().optional(),
    /** With `name-taken`: names that are free. */
    suggestions: z.array(z.string()).optional(),
  }),
})
export type ErrorBody = z.infer<typeof errorBody>

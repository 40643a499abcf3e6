import { Buffer } from 'node:buffer'

/** Where an uploaded command blob lies, by its SHA-256. */
export const blobKey = (hash: Uint8Array): string => `commands/${Buffer.from(hash).toString('hex')}`

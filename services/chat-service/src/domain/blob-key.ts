/** Where an uploaded command blob lies, by its SHA-256. */
export function blobKey(hash: Uint8Array): string {
  const hex = Array.from(hash, (byte) => byte.toString(16).padStart(2, '0'))
  return `commands/${hex.join('')}`
}

/**
 * What the form can say before the server is asked. The numbers are those of the protocol's
 * limits, and a test compares them; the server decides.
 */
export const accountRules = {
  nameCharsMin: 3,
  nameCharsMax: 32,
  displayNameCharsMax: 64,
  passwordCharsMin: 15,
  textBytesMax: 16 * 1024,
} as const

export type NameFault = 'short' | 'long' | 'letters'

/** What people type: capitals and spaces around are no fault. */
export function normalName(text: string): string {
  return text.trim().replace(/^@/, '').toLowerCase()
}

export function nameFault(text: string): NameFault | undefined {
  const name = normalName(text)
  if (!/^[a-z0-9_.]*$/.test(name)) return 'letters'
  if (name.length < accountRules.nameCharsMin) return 'short'
  if (name.length > accountRules.nameCharsMax) return 'long'
  return undefined
}

/** 0 too short, 1 easy to guess, 2 good, 3 strong. A hint, with no rule behind 2 and 3. */
export function passwordStrength(password: string, name: string): 0 | 1 | 2 | 3 {
  const letters = [...password]
  if (letters.length < accountRules.passwordCharsMin) return 0
  const kinds = new Set(letters.map((letter) => letter.toLowerCase())).size
  const plain = password.toLowerCase()
  const hasName = name.length >= accountRules.nameCharsMin && plain.includes(name)
  if (kinds < 7 || hasName || hasRun(plain) || /passwor[td]|letmein|qwert|abc123/.test(plain))
    return 1
  return letters.length >= 20 && kinds >= 10 ? 3 : 2
}

/** Five neighbours of the alphabet or of the digits in a row: "abcde", "98765". */
function hasRun(text: string): boolean {
  let rising = 1
  let falling = 1
  for (let index = 1; index < text.length; index += 1) {
    const step = text.charCodeAt(index) - text.charCodeAt(index - 1)
    rising = step === 1 ? rising + 1 : 1
    falling = step === -1 ? falling + 1 : 1
    if (rising >= 5 || falling >= 5) return true
  }
  return false
}

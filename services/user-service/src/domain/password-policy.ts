import { ChatError, limits } from '@parley/protocol'
import { commonPieces } from './common-pieces.ts'

/** The form in which a password is hashed and compared: the same keys give the same bytes. */
export function normalPassword(text: string): string {
  return text.normalize('NFKC')
}

/**
 * Refuses, with `weak-password`, what is short, common, or made of the user's name. The argument is
 * in normal form. There are no rules about which characters a password has to have.
 */
export function checkNewPassword(password: string, userName: string): void {
  if (new TextEncoder().encode(password).length > limits.passwordBytesMax)
    throw new ChatError('too-large', `a password may have ${limits.passwordBytesMax} bytes`)
  if ([...password].length < limits.passwordCharsMin)
    throw weak(`a password needs ${limits.passwordCharsMin} characters`)
  if (guessableParts(password, userName) <= guessablePartsMax)
    throw weak('this password is among the first that would be tried')
}

const weak = (message: string) => new ChatError('weak-password', message)

/** A password that is put together from so few well-known parts is found soon. */
const guessablePartsMax = 3

/**
 * How many parts a guesser would put together to reach the password: a common piece, the user's name,
 * a run such as `aaaa`, `4567` or `qwertz`, a number of up to four digits, or a repetition of what
 * was said before. A character that belongs to none of them counts as a part of its own.
 */
export function guessableParts(password: string, userName: string): number {
  const bare = withoutCaseAndGaps(password)
  const plain = withoutDisguise(bare)
  const pieces = new Set(commonPieces)
  for (const piece of [userName, ...userName.split(/[_.\d]+/)])
    if (piece.length >= 3) pieces.add(withoutDisguise(withoutCaseAndGaps(piece)))
  const lengthMax = Math.max(runCharsMax, ...[...pieces].map(({ length }) => length))

  /** `fewest[end]`: the fewest parts of the text up to `end`. */
  const fewest = [0]
  for (let end = 1; end <= bare.length; end += 1) {
    let best = (fewest[end - 1] ?? 0) + 1
    for (let start = Math.max(0, end - lengthMax); start < end; start += 1)
      best = Math.min(best, (fewest[start] ?? 0) + costOf(start, end))
    fewest.push(best)
  }
  return fewest[bare.length] ?? 0

  function costOf(start: number, end: number): number {
    const part = bare.slice(start, end)
    const undisguised = plain.slice(start, end)
    if (part.length >= 2 && bare.slice(0, start).endsWith(part)) return 0.5
    if (part.length >= 3 && isRun(part)) return 1
    if (pieces.has(part) || pieces.has(undisguised) || /^\d{1,4}$/.test(part)) return 1
    return part.length
  }
}

/** A part that goes on repeating what was said costs little, so its length needs a bound only. */
const runCharsMax = 64

const keyboard = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'qwertzuiop',
  'azertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'yxcvbnm',
  'qazwsxedcrfvtgbyhnujmikolp',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol',
]
const runs = [...keyboard, ...keyboard.map((row) => [...row].reverse().join(''))]

function isRun(part: string): boolean {
  return part === part.charAt(0).repeat(part.length) || runs.some((row) => row.includes(part))
}

function withoutCaseAndGaps(text: string): string {
  return text.toLowerCase().replaceAll(/[\s_.,;:'"?#*+()&/\\-]/g, '')
}

/** `p4ssw0rd` is `password`; of the same length as the text. */
function withoutDisguise(text: string): string {
  return text.replaceAll(/[@$!013457]/g, (character) => disguises[character] ?? character)
}

const disguises: Readonly<Record<string, string>> = {
  '@': 'a',
  $: 's',
  '!': 'i',
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
}

/**
 * Two names with the same skeleton look alike to a hurried reader, so only one of them can be
 * claimed. Of the characters that names may have, these are easily mistaken for one another.
 */
export function nameSkeleton(name: string): string {
  return name
    .replaceAll(/[_.]/g, '')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
    .replaceAll('cl', 'd')
    .replaceAll(/[1i]/g, 'l')
    .replaceAll('0', 'o')
    .replaceAll('5', 's')
    .replaceAll('2', 'z')
    .replaceAll('8', 'b')
}

const reserved = new Set(
  [
    'admin',
    'administrator',
    'anonymous',
    'everyone',
    'help',
    'moderator',
    'null',
    'official',
    'parley',
    'postmaster',
    'root',
    'security',
    'server',
    'support',
    'system',
    'undefined',
    'webmaster',
  ].map(nameSkeleton),
)

/** Names that would make others believe that the operator writes; or that are nothing but dots. */
export function isReservedName(name: string): boolean {
  const skeleton = nameSkeleton(name)
  return skeleton === '' || reserved.has(skeleton)
}

const candidatesMax = 24

/**
 * Names near `name`, best first, each with another skeleton; which of them are free, the caller
 * knows. `fraction` is a random number from 0 to 1 for each call.
 */
export function nameCandidates(
  name: string,
  fraction: () => number,
  charsMax: number,
): readonly string[] {
  const found = new Map<string, string>()
  const stem = name.replace(/[_.]+$/, '').slice(0, charsMax - 5)
  for (let digits = 2; found.size < candidatesMax && digits <= 4; digits += 1)
    for (let n = 0; n < candidatesMax / 3; n += 1) {
      const number = Math.floor(fraction() * 10 ** digits)
      const candidate = `${stem}_${String(number).padStart(digits, '0')}`
      const skeleton = nameSkeleton(candidate)
      if (!found.has(skeleton)) found.set(skeleton, candidate)
    }
  return [...found.values()]
}

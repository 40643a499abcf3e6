import { ChatError } from '@parley/protocol'

const attemptsMax = 1_000

/** As every caller does whose calls are idempotent: what may not have been done is done again. */
export async function insist<Answer>(act: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await act()
    } catch (error) {
      if (!isUnavailable(error) || attempt === attemptsMax) throw error
    }
}

/**
 * For promises that hold only while nothing is lost and every call succeeds: tries again, under
 * another name, when an attempt failed and something was lost meanwhile.
 */
export async function undisturbed(
  opened: { readonly losses: number },
  attempt: (name: string) => Promise<void>,
): Promise<void> {
  for (let round = 1; ; round += 1) {
    const before = opened.losses
    try {
      return await attempt(`attempt-${round}`)
    } catch (error) {
      const isDisturbed = opened.losses !== before || isUnavailable(error)
      if (!isDisturbed || round === attemptsMax) throw error
    }
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof ChatError && error.code === 'unavailable'
}

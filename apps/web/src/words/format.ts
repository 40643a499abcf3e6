import { locale, words } from './words.ts'

const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hour12: false })
const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long' })
const weekdayShort = new Intl.DateTimeFormat(locale, { weekday: 'short' })
const day = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' })
const dayOfYear = new Intl.DateTimeFormat(locale, {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
})
const dayShort = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })
const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
const list = new Intl.ListFormat(locale, { type: 'conjunction' })

const dayMs = 24 * 3_600_000

export function clockTime(atMs: number): string {
  return time.format(atMs)
}

/** The start of the local day, as a number that equals for messages of one day. */
export function dayOf(atMs: number): number {
  return new Date(atMs).setHours(0, 0, 0, 0)
}

/** For the line between two days: "Today", "Tuesday", "Tuesday, 3 March". */
export function dayTitle(atMs: number, nowMs: number): string {
  const days = daysAgo(atMs, nowMs)
  if (days === 0) return words.chat.today
  if (days === 1) return words.chat.yesterday
  if (days > 1 && days < 7) return weekday.format(atMs)
  return days < 300 ? day.format(atMs) : dayOfYear.format(atMs)
}

/** For the list: the time today, then the weekday, then the date. */
export function shortWhen(atMs: number, nowMs: number): string {
  const days = daysAgo(atMs, nowMs)
  if (days <= 0) return time.format(atMs)
  return days < 7 ? weekdayShort.format(atMs) : dayShort.format(atMs)
}

/** "5 minutes ago", "yesterday", then the date. */
export function ago(atMs: number, nowMs: number): string {
  const minutes = Math.round((nowMs - atMs) / 60_000)
  if (minutes < 1) return relative.format(0, 'minute')
  if (minutes < 60) return relative.format(-minutes, 'minute')
  const days = daysAgo(atMs, nowMs)
  if (days === 0) return relative.format(-Math.round(minutes / 60), 'hour')
  return days < 7 ? relative.format(-days, 'day') : date.format(atMs)
}

export function daysSince(atMs: number, nowMs: number): string {
  const days = daysAgo(atMs, nowMs)
  return days < 7 ? relative.format(-Math.max(days, 0), 'day') : date.format(atMs)
}

export function duration(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1_000))
  return seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`
}

export function names(people: readonly string[]): string {
  return list.format(people)
}

/** Case and accents do not matter. */
export function isMatch(text: string, part: string): boolean {
  const plain = (value: string) => value.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  return plain(text).includes(plain(part.trim()))
}

function daysAgo(atMs: number, nowMs: number): number {
  return Math.round((dayOf(nowMs) - dayOf(atMs)) / dayMs)
}

export { ManualClock } from './manual-clock.ts'
export { silentLog } from './silent-log.ts'

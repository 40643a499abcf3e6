/** The local store of this browser's device. */
export const databaseName = 'parley'

/** Where there is no SharedWorker: who has this lock runs the worker; all talk on the channel. */
export const leaderLock = 'parley-leader'
export const channelName = 'parley'

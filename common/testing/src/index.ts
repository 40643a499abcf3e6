export { type Anomaly, type AnomalyName, type CheckerOptions, checkLedger } from './checker.ts'
export { recoveriesMs } from './checker-surroundings.ts'
export {
  bodyHash,
  type LedgerEntry,
  type LedgerLine,
  LedgerWriter,
  nowMicros,
  readLedger,
} from './ledger.ts'
export { type RawAccount, signUpAccount, signUpAccounts } from './raw-account.ts'
export { type OpenCommand, RawChain } from './raw-chain.ts'
export { RawClient, type RawClientEvents, type RawClientOptions } from './raw-client.ts'
export { SeededRandom } from './seeded-random.ts'
export {
  freePort,
  generousLimits,
  ServerProcess,
  type ServerProcessOptions,
} from './server-process.ts'
export { type SimulatedProcess, SimulatedWorld } from './simulated-world.ts'

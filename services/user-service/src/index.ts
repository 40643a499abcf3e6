export type { KeyRing } from './adapters/sealer.ts'
export { type UserConfig, userOptions } from './config.ts'
export { startUserService, type UserService, type UserServiceContext } from './service.ts'

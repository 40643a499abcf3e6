export { type PresenceConfig, presenceOptions } from './config.ts'
export { type PresenceServiceContext, startPresenceService } from './service.ts'

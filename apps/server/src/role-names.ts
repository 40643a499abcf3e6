/** The services that a process can run. */
export const roleNames = [
  'user-service',
  'chat-service',
  'presence-service',
  'api-gateway',
] as const

export type RoleName = (typeof roleNames)[number]

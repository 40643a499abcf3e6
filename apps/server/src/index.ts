export { defaultSettings, readSettings, type Settings } from './settings.ts'
export {
  builtWebApp,
  type RunningServer,
  type ServerOptions,
  startServer,
} from './start.ts'

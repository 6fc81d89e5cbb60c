export type { Plugin } from './framework/plugin.ts'
export { defaultPlugins } from './plugins/index.ts'
export { newScheduler, type SchedulerDeps } from './scheduler.ts'

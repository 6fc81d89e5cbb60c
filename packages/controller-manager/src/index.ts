export { type ControllerManagerDeps, newControllerManager } from './controller-manager.ts'
export { type ControllerManagerOptions, defaultOptions } from './options.ts'

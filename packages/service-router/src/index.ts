export { type Backend, chooseBackends } from './endpoint-choice.ts'
export { newServiceRouter, type ServiceRouterDeps } from './router.ts'

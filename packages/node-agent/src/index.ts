/** The node agent: Wherry's kubelet. */
export { type NodeAgent, type NodeAgentConfig, type NodeAgentDeps, newNodeAgent } from './agent.ts'
export { type CatalogueImage, imageNotFoundMessage, listImages, registerImage, removeImage } from './images.ts'
export type * from './runtime/cri.ts'
export { type HostRuntimeConfig, newHostRuntime } from './runtime/host/host-runtime.ts'
export { type StopContainersOptions, stopContainers } from './stop-containers.ts'

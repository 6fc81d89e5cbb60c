/** The node agent: Wherry's kubelet. */
export { newNodeAgent, type NodeAgent, type NodeAgentConfig, type NodeAgentDeps } from './agent.ts'
export { imageNotFoundMessage, listImages, registerImage, removeImage, type CatalogueImage } from './images.ts'
export { newHostRuntime, type HostRuntimeConfig } from './runtime/host/host-runtime.ts'
export type * from './runtime/cri.ts'

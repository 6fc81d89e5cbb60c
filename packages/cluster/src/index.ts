export { type ClusterConfig, loadClusterConfig, type NodeConfig } from './cluster-config.ts'
export { type ComponentCommand, componentNames } from './components.ts'
export { type ClusterHandle, clusterProcesses, destroy, down, openCluster } from './down.ts'
export {
  clusterPaths,
  type ClusterPaths,
  contextName,
  defaultClusterName,
  imageDir,
  listClusters,
  wherryHome,
} from './home.ts'
export { type CatalogueImage, listImages, registerImage, removeImage } from './images.ts'
export { adminEntries, type ContextEntries, kubeconfigOf, serverURL } from './kubeconfigs.ts'
export { adminClient } from './readiness.ts'
export { logFile, type ProcessState } from './supervisor.ts'
export { type Step, up, type UpOptions, type UpResult } from './up.ts'

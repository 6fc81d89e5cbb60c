export type { Handlers, Informer } from './cache/informer.ts'
export type { Lister } from './cache/lister.ts'
export { type Controller, type Requeue, TerminalError, type WatchMapping, watching } from './controller/controller.ts'
export type {
  CallOptions,
  Client,
  GetOptions,
  KubeList,
  ListOptions,
  ObjectKey,
  PatchOptions,
  QueryValue,
  RawRequest,
  RawResponse,
  Selection,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from './rest/client.ts'
export type { ClientConfig, CredentialSource, Credentials, Impersonation } from './rest/config.ts'
export { ConnectionError, isConnectionRefused, isConnectionReset } from './rest/connection-error.ts'
export { type ClientDeps, newClient } from './rest/new-client.ts'
export { collectionPath, objectPath, queryString } from './rest/paths.ts'
export { responseError } from './rest/response-error.ts'
export { serverReady } from './rest/server-ready.ts'
export { UpgradeRefused } from './rest/web-socket.ts'
export {
  type KubeconfigEntries,
  type KubeconfigNames,
  mergeKubeconfig,
  removeFromKubeconfig,
} from './kubeconfig/edit.ts'
export { InvalidConfiguration, KubeconfigError } from './kubeconfig/errors.ts'
export { type Environment, kubeconfigFiles, kubeconfigToWrite, readKubeconfig } from './kubeconfig/files.ts'
export { inClusterConfig, isInCluster } from './kubeconfig/in-cluster.ts'
export type {
  ClusterEntry,
  ContextEntry,
  ExecEntry,
  Kubeconfig,
  NamedCluster,
  NamedContext,
  NamedUser,
  UserEntry,
} from './kubeconfig/kubeconfig.ts'
export { type LoadedKubeconfig, type LoadOptions, loadKubeconfig } from './kubeconfig/load.ts'
export type { Overrides } from './kubeconfig/select.ts'
export { type ListerWatcher, Reflector, type ReflectorDeps, type ReflectorStore } from './cache/reflector.ts'
export { type Informers, type InformersDeps, newInformers } from './cache/informers.ts'
export { newRateLimiter, newTokenBucket, type RateLimiter, type RateLimits } from './controller/rate-limiter.ts'
export { type ControllersDeps, runControllers } from './controller/run-controllers.ts'
export { newWorkqueue, type Workqueue, type WorkqueueDeps } from './controller/workqueue.ts'
export { type EventOptions, type EventRecorder, type EventRecorderDeps, newEventRecorder } from './events/recorder.ts'
export { type LeaderElectionDeps, LeadershipLost, runWithLeaderElection } from './leader-election.ts'
export type { ProtocolUpgrade, Upgraded } from './rest/upgrade.ts'
export { leaderElectionFlags, leaderElectionOf } from './leader-election-flags.ts'

/**
 * The container runtime interface: CRI's own calls and words (runtime.v1), narrowed to the fields that the agent uses.
 * The pod logic knows only this file; which runtime answers is decided in the composition root.
 */

export type PodSandboxState = 'SANDBOX_READY' | 'SANDBOX_NOTREADY'
export type ContainerState = 'CONTAINER_CREATED' | 'CONTAINER_RUNNING' | 'CONTAINER_EXITED' | 'CONTAINER_UNKNOWN'

export interface PodSandboxMetadata {
  name: string
  uid: string
  namespace: string
  attempt: number
}

export interface PodSandboxConfig {
  metadata: PodSandboxMetadata
  hostname: string
  logDirectory: string
  labels: Record<string, string>
  annotations: Record<string, string>
  hostNetwork: boolean
}

export interface PodSandbox {
  id: string
  metadata: PodSandboxMetadata
  state: PodSandboxState
  createdAt: number
  ip: string
  labels: Record<string, string>
}

export interface Mount {
  containerPath: string
  hostPath: string
  readonly: boolean
  /** Kept apart from the pod's own volumes: directories may never be created below a path of the host. */
  host?: boolean
}

export interface ContainerMetadata {
  name: string
  attempt: number
}

export interface ContainerConfig {
  metadata: ContainerMetadata
  image: { image: string }
  /** Empty: the image's own entry point. */
  command: string[]
  args: string[]
  workingDir: string
  envs: { key: string; value: string }[]
  mounts: Mount[]
  labels: Record<string, string>
  annotations: Record<string, string>
  logPath: string
  stdin: boolean
  stdinOnce: boolean
  tty: boolean
  runAsUser?: number
  runAsGroup?: number
}

export interface ContainerStatus {
  id: string
  podSandboxId: string
  metadata: ContainerMetadata
  state: ContainerState
  /** Milliseconds since the epoch; 0 when it has not happened. */
  createdAt: number
  startedAt: number
  finishedAt: number
  exitCode: number
  image: string
  imageRef: string
  reason: string
  message: string
  labels: Record<string, string>
  annotations: Record<string, string>
  logPath: string
  tty: boolean
  stdin: boolean
  pid: number
}

export interface Image {
  id: string
  repoTags: string[]
  size: number
}

export interface ExecSyncResult {
  stdout: Buffer
  stderr: Buffer
  exitCode: number
}

/** The streams of one exec or attach; the runtime ends `stdout` and `stderr` when the command is over. */
export interface StreamOptions {
  stdin?: NodeJS.ReadableStream
  stdout?: NodeJS.WritableStream
  stderr?: NodeJS.WritableStream
  tty: boolean
  /** Calls back for each change of the terminal's size. */
  onResize?: (listener: (size: { width: number; height: number }) => void) => void
  signal: AbortSignal
}

export interface ContainerEvent {
  type: 'CONTAINER_STARTED' | 'CONTAINER_STOPPED'
  containerId: string
  podUid: string
}

export interface RuntimeVersion {
  runtimeName: string
  runtimeVersion: string
}

export interface RuntimeService {
  version(): RuntimeVersion
  /** Reads what earlier agents left behind and takes running containers over. */
  start(): Promise<void>
  /** Lets go of everything without stopping a container. */
  close(): Promise<void>
  runPodSandbox(config: PodSandboxConfig): Promise<string>
  stopPodSandbox(id: string): Promise<void>
  removePodSandbox(id: string): Promise<void>
  listPodSandbox(filter?: { podUid?: string }): PodSandbox[]
  createContainer(podSandboxId: string, config: ContainerConfig): Promise<string>
  startContainer(id: string): Promise<void>
  stopContainer(id: string, timeoutSeconds: number): Promise<void>
  removeContainer(id: string): Promise<void>
  listContainers(filter?: { podUid?: string; podSandboxId?: string }): ContainerStatus[]
  containerStatus(id: string): ContainerStatus | undefined
  reopenContainerLog(id: string): Promise<void>
  execSync(id: string, command: string[], timeoutMs: number): Promise<ExecSyncResult>
  /** Resolves with the command's exit code. */
  exec(id: string, command: string[], streams: StreamOptions): Promise<number>
  attach(id: string, streams: StreamOptions): Promise<void>
  /** The address at which a pod's port is reached from the node. */
  portForward(podSandboxId: string, port: number): Promise<{ host: string; port: number }>
  /** Delivers each start and stop once, in order; the returned function ends the subscription. */
  onContainerEvent(listener: (event: ContainerEvent) => void): () => void
}

export interface ImageService {
  /** Undefined: the image is not on this node. */
  imageStatus(image: string): Promise<Image | undefined>
  /** Rejects with a RuntimeError when the image cannot be had. */
  pullImage(image: string): Promise<string>
  listImages(): Promise<Image[]>
  removeImage(image: string): Promise<void>
}

export type ContainerRuntime = RuntimeService & ImageService

/** A refusal of the runtime, in words for the pod's events. */
export class RuntimeError extends Error {
  override name = 'RuntimeError'
}

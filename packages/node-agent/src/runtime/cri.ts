import type { Duplex, Readable, Writable } from 'node:stream'

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
  portMappings: PortMapping[]
}

/** A port of the node that leads to one of the pod. */
export interface PortMapping {
  protocol: string
  containerPort: number
  hostPort: number
  /** '' for the node's own address. */
  hostIP: string
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
  /** The agent's own conveniences, such as /etc/hosts: left out where the node cannot mount. */
  optional?: boolean
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
  supplementalGroups?: number[]
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

/** The streams of one exec or attach; the caller ends `stdout` and `stderr`. */
export interface StreamOptions {
  stdin?: Readable
  stdout?: Writable
  stderr?: Writable
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

/** What a container's processes use now. */
export interface ContainerStats {
  containerId: string
  podUid: string
  metadata: ContainerMetadata
  timestamp: number
  /** CPU time since the container began. */
  cpuNanoseconds: number
  memoryBytes: number
}

export interface ContainerFilter {
  podUid?: string
  podSandboxId?: string
}

export interface RuntimeService {
  version(): Promise<RuntimeVersion>
  /** Reads what earlier agents left behind and takes running containers over. */
  start(): Promise<void>
  /** Lets go of everything without stopping a container. */
  close(): Promise<void>
  /** Resolves with the sandbox's id. */
  runPodSandbox(config: PodSandboxConfig): Promise<string>
  /** Stops the sandbox and, at once, whatever still runs in it. */
  stopPodSandbox(id: string): Promise<void>
  removePodSandbox(id: string): Promise<void>
  listPodSandbox(filter?: { podUid?: string }): Promise<PodSandbox[]>
  /** Resolves with the container's id. */
  createContainer(podSandboxId: string, config: ContainerConfig): Promise<string>
  /** Resolves once the command runs; rejects with a RuntimeError when it cannot. */
  startContainer(id: string): Promise<void>
  /**
   * SIGTERM, and SIGKILL after the timeout; resolves when the container has ended. A second call with a shorter timeout
   * shortens the first one's.
   */
  stopContainer(id: string, timeoutSeconds: number, signal?: NodeJS.Signals): Promise<void>
  removeContainer(id: string): Promise<void>
  listContainers(filter?: ContainerFilter): Promise<ContainerStatus[]>
  containerStatus(id: string): Promise<ContainerStatus | undefined>
  listContainerStats(filter?: ContainerFilter): Promise<ContainerStats[]>
  /** Runs a command; its output is cut at 16 MiB. `timeoutMs` 0 means no limit; rejects with ExecTimeoutError. */
  execSync(id: string, command: string[], timeoutMs: number): Promise<ExecSyncResult>
  /** Resolves with the command's exit code. */
  exec(id: string, command: string[], streams: StreamOptions): Promise<number>
  /** Resolves when the container has ended, or the signal fires. */
  attach(id: string, streams: StreamOptions): Promise<void>
  /** A connection to a port of the pod. */
  portForward(podSandboxId: string, port: number): Promise<Duplex>
  /** Delivers each start and stop once, in order; the returned function ends the subscription. */
  onContainerEvent(listener: (event: ContainerEvent) => void): () => void
}

export interface ImageService {
  /** Undefined: the image is not on this node. */
  imageStatus(image: string): Promise<Image | undefined>
  /** Resolves with the image's id; rejects with a RuntimeError when the image cannot be had. */
  pullImage(image: string): Promise<string>
  listImages(): Promise<Image[]>
  removeImage(image: string): Promise<void>
  /** Whether a container that says its own command runs without its image being here. */
  readonly runsWithoutImage: boolean
}

export type ContainerRuntime = RuntimeService & ImageService

/** A refusal of the runtime, in words for the pod's events. */
export class RuntimeError extends Error {
  override name = 'RuntimeError'
}

/** A command that did not end in its time. */
export class ExecTimeoutError extends RuntimeError {
  override name = 'ExecTimeoutError'
}

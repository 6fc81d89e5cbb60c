import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { Clock, Logger } from '@wherry/component-base'
import { findImage, imageId, imageNotFoundMessage, listImages, removeImage } from '../../images.ts'
import { defaultLogLimits, type LogLimits } from '../../logs/log-writer.ts'
import {
  type ContainerConfig,
  type ContainerEvent,
  type ContainerFilter,
  type ContainerRuntime,
  type ContainerStatus,
  ExecTimeoutError,
  type PodSandbox,
  type PodSandboxConfig,
  RuntimeError,
  type StreamOptions,
} from '../cri.ts'
import { dialFailure } from '../dial-failure.ts'
import { attachStreams } from './attach.ts'
import { type ContainerExit, ContainerProcess } from './container-process.ts'
import { containerStatus, newContainerRecord } from './container-record.ts'
import { runExec } from './exec.ts'
import { HostPorts } from './host-ports.ts'
import { assertIdentity, enterCommand } from './identity.ts'
import { detectIsolation, type IsolationFacts } from './isolation.ts'
import { OutputBuffer } from './output-buffer.ts'
import { PodAddresses } from './pod-addresses.ts'
import { isAlive, listProcesses, mountNamespaceOf, processesOf, signalProcess, startTimeOf } from './processes.ts'
import { writeShim } from './shim.ts'
import { startShim } from './start-shim.ts'
import { type ContainerRecord, RecordStore, type SandboxRecord } from './state.ts'
import { containerStats } from './stats.ts'
import { resizeTerminal } from './terminal-size.ts'

export interface HostRuntimeConfig {
  /** Everything the runtime writes is below this directory. */
  rootDir: string
  podCIDR: string
  nodeIP: string
  imageDir: string
  logLimits?: LogLimits
}

export interface HostRuntimeDeps {
  clock: Clock
  logger: Logger
  config: HostRuntimeConfig
  /** How containers can be isolated; found out when it is not told. */
  isolation?: IsolationFacts
}

/** Runs pods as processes of this machine. */
export function newHostRuntime(deps: HostRuntimeDeps): ContainerRuntime {
  return new HostRuntime(deps)
}

const execOutputLimit = 16 * 1024 * 1024

class HostRuntime implements ContainerRuntime {
  readonly runsWithoutImage = true
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #config: HostRuntimeConfig
  readonly #addresses: PodAddresses
  readonly #ports: HostPorts
  readonly #sandboxes: RecordStore<SandboxRecord>
  readonly #containers: RecordStore<ContainerRecord>
  readonly #processes = new Map<string, ContainerProcess>()
  readonly #ends = new Map<string, Promise<void>>()
  readonly #listeners = new Set<(event: ContainerEvent) => void>()
  #facts: IsolationFacts | undefined

  constructor({ clock, logger, config, isolation }: HostRuntimeDeps) {
    this.#clock = clock
    this.#logger = logger
    this.#config = config
    this.#facts = isolation
    this.#addresses = new PodAddresses(config.podCIDR)
    this.#ports = new HostPorts(config.nodeIP)
    this.#sandboxes = new RecordStore(join(config.rootDir, 'sandboxes'))
    this.#containers = new RecordStore(join(config.rootDir, 'containers'))
  }

  async version() {
    return { runtimeName: 'host', runtimeVersion: '0.1.0' }
  }

  async start(): Promise<void> {
    this.#facts ??= await detectIsolation()
    if (this.#facts.refusal) this.#logger.warn('containers cannot have volumes', { reason: this.#facts.refusal })
    this.#sandboxes.load()
    this.#containers.load()
    for (const { id, ip, config, ready } of this.#sandboxes.list()) {
      if (!config.hostNetwork) this.#addresses.reserve(ip)
      if (ready) await this.#openPorts(id, ip, config)
    }
    for (const record of this.#containers.list()) this.#takeOver(record)
  }

  async close(): Promise<void> {
    const processes = [...this.#processes.values()]
    this.#processes.clear()
    this.#ports.closeAll()
    await Promise.all(processes.map((process) => process.close()))
  }

  async runPodSandbox(config: PodSandboxConfig): Promise<string> {
    const id = randomBytes(32).toString('hex')
    const ip = config.hostNetwork ? this.#config.nodeIP : this.#addresses.take()
    mkdirSync(config.logDirectory, { recursive: true })
    try {
      await this.#ports.open(id, ip, config.portMappings)
    } catch (error) {
      if (!config.hostNetwork) this.#addresses.release(ip)
      throw error
    }
    this.#sandboxes.save({ id, config, ip, createdAt: this.#clock.now(), ready: true })
    return id
  }

  async stopPodSandbox(id: string): Promise<void> {
    const record = this.#sandboxes.get(id)
    if (!record) return
    await Promise.all(this.#inSandbox(id).map((container) => this.stopContainer(container.id, 0)))
    this.#ports.close(id)
    if (record.ready) this.#sandboxes.save({ ...record, ready: false })
  }

  async removePodSandbox(id: string): Promise<void> {
    const record = this.#sandboxes.get(id)
    if (!record) return
    await this.stopPodSandbox(id)
    for (const container of this.#inSandbox(id)) await this.removeContainer(container.id)
    this.#sandboxes.remove(id)
    if (!record.config.hostNetwork) this.#addresses.release(record.ip)
  }

  async listPodSandbox(filter: { podUid?: string } = {}): Promise<PodSandbox[]> {
    return this.#sandboxes
      .list()
      .filter(({ config }) => filter.podUid === undefined || config.metadata.uid === filter.podUid)
      .map(({ id, config, ready, createdAt, ip }) => ({
        id,
        metadata: config.metadata,
        state: ready ? 'SANDBOX_READY' : 'SANDBOX_NOTREADY',
        createdAt,
        ip,
        labels: config.labels,
      }))
  }

  async createContainer(podSandboxId: string, config: ContainerConfig): Promise<string> {
    const sandbox = this.#sandboxes.get(podSandboxId)
    if (!sandbox) throw new RuntimeError(`sandbox ${podSandboxId} not found`)
    const image = await findImage(this.#config.imageDir, config.image.image)
    const record = newContainerRecord(sandbox, config, image, this.#clock.now())
    this.#containers.save(record)
    return record.id
  }

  async startContainer(id: string): Promise<void> {
    const record = this.#require(id)
    const { isolation, refusal } = await this.#isolation()
    try {
      if (refusal && record.config.mounts.some(({ optional }) => !optional)) throw new RuntimeError(refusal)
      assertIdentity(isolation, record.config)
      const dir = this.#containers.directory(id)
      const hostname = this.#sandboxes.get(record.podSandboxId)?.config.hostname ?? ''
      writeShim({ dir, config: record.config, argv: record.argv, hostname, isolation })
      const { shimPid, started } = startShim(dir, isolation)
      record.shimPid = shimPid
      record.shimStartTime = startTimeOf(shimPid) ?? ''
      // From here on an agent that takes over finds the shim, however far it has come.
      this.#containers.save(record)
      record.pid = await started
    } catch (error) {
      throw this.#failStart(record, error)
    }
    record.startTime = startTimeOf(record.pid) ?? ''
    record.startedAt = this.#clock.now()
    if (isolation.namespaces) record.mountNamespace = mountNamespaceOf(record.shimPid) ?? ''
    this.#containers.save(record)
    this.#emit(record, 'CONTAINER_STARTED')
    this.#follow(record)
  }

  async stopContainer(id: string, timeoutSeconds: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.#processes.get(id)?.stop(timeoutSeconds * 1000, signal)
    await this.#ends.get(id)
  }

  async removeContainer(id: string): Promise<void> {
    await this.stopContainer(id, 0)
    this.#containers.remove(id)
    this.#ends.delete(id)
  }

  async listContainers(filter: ContainerFilter = {}): Promise<ContainerStatus[]> {
    return this.#filtered(filter).map(containerStatus)
  }

  async containerStatus(id: string): Promise<ContainerStatus | undefined> {
    const record = this.#containers.get(id)
    return record && containerStatus(record)
  }

  async listContainerStats(filter: ContainerFilter = {}) {
    const running = this.#filtered(filter).filter(({ id }) => this.#processes.has(id))
    return containerStats(running, this.#clock.now())
  }

  async execSync(id: string, command: string[], timeoutMs: number) {
    const stdout = new OutputBuffer(execOutputLimit)
    const stderr = new OutputBuffer(execOutputLimit)
    const abort = new AbortController()
    const cancel = timeoutMs > 0 ? this.#clock.setTimer(timeoutMs, () => abort.abort()) : () => undefined
    try {
      const exitCode = await this.exec(id, command, { stdout, stderr, tty: false, signal: abort.signal })
      if (abort.signal.aborted) {
        throw new ExecTimeoutError(`command ${JSON.stringify(command.join(' '))} timed out after ${timeoutMs / 1000}s`)
      }
      return { stdout: stdout.content(), stderr: stderr.content(), exitCode }
    } finally {
      cancel()
    }
  }

  async exec(id: string, command: string[], streams: StreamOptions): Promise<number> {
    const record = this.#running(id).record
    const { isolation } = await this.#isolation()
    // Through the shim the script is found wherever the container has mounted something over it.
    const dir = isolation.namespaces ? `/proc/${record.shimPid}/cwd` : this.#containers.directory(id)
    const line = [...enterCommand(isolation, record.shimPid), '/bin/sh', `${dir}/launch.sh`, 'exec', String(record.pid)]
    return runExec([...line, ...command], streams, this.#clock)
  }

  async attach(id: string, streams: StreamOptions): Promise<void> {
    const { record, process } = this.#running(id)
    const { tty, stdin } = record.config
    const resize = (size: { width: number; height: number }) => resizeTerminal(record.pid, size)
    await attachStreams({ process, tty, stdin, resize }, streams, this.#logger)
  }

  async portForward(podSandboxId: string, port: number): Promise<Duplex> {
    const sandbox = this.#sandboxes.get(podSandboxId)
    if (!sandbox?.ready) throw new RuntimeError(`sandbox ${podSandboxId} is not running`)
    return new Promise((resolve, reject) => {
      const socket = connect({ host: sandbox.ip, port, allowHalfOpen: true, noDelay: true })
      const refuse = (cause: Error) => reject(new RuntimeError(dialFailure(cause, sandbox.ip, port), { cause }))
      socket.once('error', refuse)
      socket.once('connect', () => {
        socket.off('error', refuse)
        resolve(socket)
      })
    })
  }

  onContainerEvent(listener: (event: ContainerEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async imageStatus(image: string) {
    const found = await findImage(this.#config.imageDir, image)
    return found && { id: imageId(found), repoTags: [found.name], size: 0 }
  }

  async pullImage(image: string): Promise<string> {
    const found = await findImage(this.#config.imageDir, image)
    if (!found) throw new RuntimeError(imageNotFoundMessage(image))
    return imageId(found)
  }

  async listImages() {
    const images = await listImages(this.#config.imageDir)
    return images.map((image) => ({ id: imageId(image), repoTags: [image.name], size: 0 }))
  }

  async removeImage(image: string): Promise<void> {
    await removeImage(this.#config.imageDir, image)
  }

  async #isolation(): Promise<IsolationFacts> {
    return (this.#facts ??= await detectIsolation())
  }

  /** Something may have taken a port while no agent was there: no reason not to start. */
  async #openPorts(id: string, ip: string, config: PodSandboxConfig): Promise<void> {
    try {
      await this.#ports.open(id, ip, config.portMappings ?? [])
    } catch (error) {
      this.#logger.warn('a port of the node cannot be served any more', { pod: config.metadata.name, error })
    }
  }

  #filtered({ podUid, podSandboxId }: ContainerFilter): ContainerRecord[] {
    return this.#containers
      .list()
      .filter((record) => podUid === undefined || record.podUid === podUid)
      .filter((record) => podSandboxId === undefined || record.podSandboxId === podSandboxId)
  }

  #inSandbox(podSandboxId: string): ContainerRecord[] {
    return this.#filtered({ podSandboxId })
  }

  #require(id: string): ContainerRecord {
    const record = this.#containers.get(id)
    if (!record) throw new RuntimeError(`container ${id} not found`)
    return record
  }

  #running(id: string): { record: ContainerRecord; process: ContainerProcess } {
    const process = this.#processes.get(id)
    if (!process) throw new RuntimeError(`container ${id} is not running`)
    return { record: this.#require(id), process }
  }

  #emit(record: ContainerRecord, type: ContainerEvent['type']): void {
    const event = { type, containerId: record.id, podUid: record.podUid }
    for (const listener of this.#listeners) listener(event)
  }

  #takeOver(record: ContainerRecord): void {
    if (record.finishedAt > 0 || record.shimPid === 0) return
    if (record.startedAt > 0) {
      try {
        this.#follow(record)
      } catch (error) {
        this.#logger.warn('a container could not be taken over', { container: record.id, error })
        this.#ended(record, { exitCode: 137, finishedAt: this.#clock.now() })
      }
    } else this.#failStart(record, new Error('the node agent ended while the container was started'))
  }

  #failStart(record: ContainerRecord, cause: unknown): RuntimeError {
    if (isAlive(record.shimPid, record.shimStartTime)) killShim(record.shimPid)
    const message = cause instanceof Error ? cause.message : String(cause)
    Object.assign(record, { exitCode: 128, reason: 'StartError', message, finishedAt: this.#clock.now(), startedAt: 0 })
    this.#containers.save(record)
    return new RuntimeError(message, { cause })
  }

  /** The same for a new container and for one taken over. */
  #follow(record: ContainerRecord): void {
    const dir = this.#containers.directory(record.id)
    const deps = { clock: this.#clock, logger: this.#logger, logLimits: this.#config.logLimits ?? defaultLogLimits }
    const process = new ContainerProcess(record, dir, deps)
    this.#processes.set(record.id, process)
    this.#ends.set(
      record.id,
      process.exited.then((exit) => this.#ended(record, exit)),
    )
  }

  #ended(record: ContainerRecord, { exitCode, finishedAt }: ContainerExit): void {
    this.#processes.delete(record.id)
    const reason = exitCode === 0 ? 'Completed' : 'Error'
    Object.assign(record, { exitCode, reason, finishedAt: Math.max(finishedAt, record.startedAt) })
    this.#containers.save(record)
    this.#emit(record, 'CONTAINER_STOPPED')
  }
}

/** Kills a shim whose container has not begun, with what it has started. */
function killShim(shimPid: number): void {
  for (const child of listProcesses().filter(({ parent }) => parent === shimPid)) {
    for (const { pid } of processesOf({ pid: child.pid, mountNamespace: '' }, shimPid)) signalProcess(pid, 'SIGKILL')
    signalProcess(child.pid, 'SIGKILL')
  }
  signalProcess(shimPid, 'SIGKILL')
}

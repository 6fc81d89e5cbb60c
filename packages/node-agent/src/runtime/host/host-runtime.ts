import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  type FSWatcher,
  chmodSync,
  closeSync,
  constants,
  createWriteStream,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { PassThrough, type Readable } from 'node:stream'
import type { Clock, Logger } from '@wherry/component-base'
import { findImage, imageId, imageNotFoundMessage, listImages, removeImage } from '../../images.ts'
import {
  type ContainerConfig,
  type ContainerEvent,
  type ContainerRuntime,
  type ContainerState,
  type ContainerStatus,
  type PodSandbox,
  RuntimeError,
  type StreamOptions,
} from '../cri.ts'
import { runExec } from './exec.ts'
import { LogWriter } from './log-writer.ts'
import { type OutputPump, pumpOutput } from './output.ts'
import { PodAddresses } from './pod-addresses.ts'
import { isAlive, signalGroup, startTimeOf } from './processes.ts'
import { shimScripts } from './shim.ts'
import { type ContainerRecord, type SandboxRecord, loadRecords, saveRecord } from './state.ts'

export interface HostRuntimeConfig {
  /** Everything the runtime writes is below this directory. */
  rootDir: string
  podCIDR: string
  nodeIP: string
  imageDir: string
}

export interface HostRuntimeDeps {
  clock: Clock
  logger: Logger
  config: HostRuntimeConfig
}

/** Runs pods as processes of this machine. */
export function newHostRuntime(deps: HostRuntimeDeps): ContainerRuntime {
  return new HostRuntime(deps)
}

interface Live {
  pump: OutputPump | undefined
  watcher: FSWatcher | undefined
  exited: Promise<void>
  resolveExited: () => void
  stdin: number | undefined
}

class HostRuntime implements ContainerRuntime {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #config: HostRuntimeConfig
  readonly #addresses: PodAddresses
  readonly #sandboxes = new Map<string, SandboxRecord>()
  readonly #containers = new Map<string, ContainerRecord>()
  readonly #live = new Map<string, Live>()
  readonly #listeners = new Set<(event: ContainerEvent) => void>()
  readonly #root = process.getuid?.() === 0
  readonly #linux = process.platform === 'linux'

  constructor({ clock, logger, config }: HostRuntimeDeps) {
    this.#clock = clock
    this.#logger = logger
    this.#config = config
    this.#addresses = new PodAddresses(config.podCIDR)
  }

  version() {
    return { runtimeName: 'host', runtimeVersion: '0.1.0' }
  }

  async start(): Promise<void> {
    for (const record of loadRecords<SandboxRecord>(join(this.#config.rootDir, 'sandboxes'))) {
      this.#sandboxes.set(record.id, record)
      if (!record.config.hostNetwork) this.#addresses.reserve(record.ip)
    }
    for (const record of loadRecords<ContainerRecord>(join(this.#config.rootDir, 'containers'))) {
      this.#containers.set(record.id, record)
      if (record.startedAt > 0 && record.finishedAt === 0) this.#follow(record)
    }
  }

  async close(): Promise<void> {
    const pumps: Promise<void>[] = []
    for (const live of this.#live.values()) {
      live.watcher?.close()
      if (live.stdin !== undefined) closeSync(live.stdin)
      if (live.pump) pumps.push(live.pump.close())
    }
    this.#live.clear()
    await Promise.all(pumps)
  }

  async runPodSandbox(config: SandboxRecord['config']): Promise<string> {
    const id = randomBytes(32).toString('hex')
    const ip = config.hostNetwork ? this.#config.nodeIP : this.#addresses.take()
    const record: SandboxRecord = { id, config, ip, createdAt: this.#clock.now(), ready: true }
    mkdirSync(config.logDirectory, { recursive: true })
    saveRecord(this.#sandboxDir(id), record)
    this.#sandboxes.set(id, record)
    return id
  }

  async stopPodSandbox(id: string): Promise<void> {
    const record = this.#sandboxes.get(id)
    if (!record) return
    await Promise.all(this.listContainers({ podSandboxId: id }).map((status) => this.stopContainer(status.id, 0)))
    if (record.ready) {
      record.ready = false
      saveRecord(this.#sandboxDir(id), record)
    }
  }

  async removePodSandbox(id: string): Promise<void> {
    const record = this.#sandboxes.get(id)
    if (!record) return
    await this.stopPodSandbox(id)
    for (const status of this.listContainers({ podSandboxId: id })) await this.removeContainer(status.id)
    rmSync(this.#sandboxDir(id), { recursive: true, force: true })
    this.#sandboxes.delete(id)
    if (!record.config.hostNetwork) this.#addresses.release(record.ip)
  }

  listPodSandbox(filter: { podUid?: string } = {}): PodSandbox[] {
    return [...this.#sandboxes.values()]
      .filter((record) => filter.podUid === undefined || record.config.metadata.uid === filter.podUid)
      .map((record) => ({
        id: record.id,
        metadata: record.config.metadata,
        state: record.ready ? 'SANDBOX_READY' : 'SANDBOX_NOTREADY',
        createdAt: record.createdAt,
        ip: record.ip,
        labels: record.config.labels,
      }))
  }

  async createContainer(podSandboxId: string, config: ContainerConfig): Promise<string> {
    const sandbox = this.#sandboxes.get(podSandboxId)
    if (!sandbox) throw new RuntimeError(`sandbox ${podSandboxId} not found`)
    const image = await findImage(this.#config.imageDir, config.image.image)
    const command = config.command.length > 0 ? config.command : (image?.entrypoint ?? [])
    const args = config.args.length > 0 ? config.args : config.command.length > 0 ? [] : (image?.cmd ?? [])
    const argv = [...command, ...args]
    if (argv.length === 0) throw new RuntimeError('no command specified')
    const envs = new Map<string, string>([
      ['PATH', process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'],
      ['HOME', process.env['HOME'] ?? '/'],
      ['HOSTNAME', sandbox.config.hostname],
      ...(config.tty ? [['TERM', 'xterm'] as const] : []),
      ['POD_IP', sandbox.ip],
      ...Object.entries(image?.env ?? {}),
      ...config.envs.map(({ key, value }) => [key, value] as const),
    ])
    const workingDir = config.workingDir || image?.workingDir || image?.directory || ''
    const id = randomBytes(32).toString('hex')
    const record: ContainerRecord = {
      id,
      podSandboxId,
      config: { ...config, workingDir, envs: [...envs].map(([key, value]) => ({ key, value })) },
      argv,
      imageRef: image ? imageId(image) : config.image.image,
      createdAt: this.#clock.now(),
      startedAt: 0,
      finishedAt: 0,
      exitCode: 0,
      reason: '',
      message: '',
      pid: 0,
      startTime: '',
      shimPid: 0,
      shimStartTime: '',
    }
    mkdirSync(dirname(config.logPath), { recursive: true })
    saveRecord(this.#containerDir(id), record)
    this.#containers.set(id, record)
    return id
  }

  async startContainer(id: string): Promise<void> {
    const record = this.#require(id)
    if (record.config.mounts.length > 0 && !this.#linux) {
      this.#finishStart(record, 128, 'StartError', 'volumes need a mount namespace, which only Linux has')
      throw new RuntimeError(record.message)
    }
    const dir = this.#containerDir(id)
    const options = { dir, config: record.config, argv: record.argv, root: this.#root, linux: this.#linux }
    for (const [name, text] of Object.entries(shimScripts(options))) {
      writeFileSync(join(dir, name), text, { mode: 0o700 })
      chmodSync(join(dir, name), 0o700)
    }
    const child = spawn('/bin/sh', [join(dir, 'shim.sh')], {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    })
    record.shimPid = child.pid ?? 0
    record.shimStartTime = startTimeOf(record.shimPid) ?? ''
    record.startedAt = this.#clock.now()
    saveRecord(dir, record)
    const line = await startLine(child)
    child.unref()
    const [word = '', pid = '', startTime = ''] = line.split(' ')
    if (word === 'pid') {
      record.pid = Number(pid)
      record.startTime = startTime
      saveRecord(dir, record)
      this.#follow(record)
      this.#emit(record, 'CONTAINER_STARTED')
      return
    }
    signalGroup(record.shimPid, 'SIGKILL')
    const message = line.startsWith('error ')
      ? line.slice('error '.length)
      : "the kernel refused a mount namespace of the container's own (unshare failed); volumes cannot be mounted here"
    this.#finishStart(record, 128, 'StartError', message)
    throw new RuntimeError(record.message)
  }

  async stopContainer(id: string, timeoutSeconds: number): Promise<void> {
    const record = this.#containers.get(id)
    const live = this.#live.get(id)
    if (!record || !live || record.finishedAt > 0) return
    if (timeoutSeconds > 0) {
      signalGroup(record.pid, 'SIGTERM')
      if (await this.#exitedWithin(live, timeoutSeconds * 1000)) return
    }
    signalGroup(record.pid, 'SIGKILL')
    await live.exited
  }

  async removeContainer(id: string): Promise<void> {
    const record = this.#containers.get(id)
    if (!record) return
    await this.stopContainer(id, 0)
    const live = this.#live.get(id)
    live?.watcher?.close()
    await live?.pump?.done
    if (isAlive(record.shimPid, record.shimStartTime)) signalGroup(record.shimPid, 'SIGKILL')
    this.#live.delete(id)
    this.#containers.delete(id)
    rmSync(this.#containerDir(id), { recursive: true, force: true })
  }

  listContainers(filter: { podUid?: string; podSandboxId?: string } = {}): ContainerStatus[] {
    return [...this.#containers.values()]
      .filter((record) => filter.podSandboxId === undefined || record.podSandboxId === filter.podSandboxId)
      .filter((record) => filter.podUid === undefined || this.#podUid(record) === filter.podUid)
      .map((record) => this.#status(record))
  }

  containerStatus(id: string): ContainerStatus | undefined {
    const record = this.#containers.get(id)
    return record && this.#status(record)
  }

  async reopenContainerLog(id: string): Promise<void> {
    this.#require(id)
  }

  async execSync(id: string, command: string[], timeoutMs: number) {
    const stdout = new PassThrough()
    const stderr = new PassThrough()
    const collected = [collect(stdout), collect(stderr)]
    const abort = new AbortController()
    const cancel = timeoutMs > 0 ? this.#clock.setTimer(timeoutMs, () => abort.abort()) : () => undefined
    try {
      const exitCode = await this.exec(id, command, { stdout, stderr, tty: false, signal: abort.signal })
      if (abort.signal.aborted) throw new RuntimeError(`command "${command.join(' ')}" timed out`)
      stdout.end()
      stderr.end()
      const [out, err] = await Promise.all(collected)
      return { stdout: out ?? Buffer.alloc(0), stderr: err ?? Buffer.alloc(0), exitCode }
    } finally {
      cancel()
    }
  }

  async exec(id: string, command: string[], streams: StreamOptions): Promise<number> {
    const record = this.#running(id)
    const { envs, workingDir, mounts } = record.config
    const target = { pid: record.pid, namespaced: mounts.length > 0, root: this.#root, envs, workingDir }
    return runExec(target, command, streams)
  }

  async attach(id: string, streams: StreamOptions): Promise<void> {
    const record = this.#running(id)
    const live = this.#live.get(id)
    const stop = live?.pump?.listen((name, chunk) => {
      const target = name === 'stdout' || streams.tty ? streams.stdout : streams.stderr
      target?.write(chunk)
    })
    if (streams.stdin && record.config.stdin) {
      const path = join(this.#containerDir(id), 'stdin.fifo')
      const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
      const writer = createWriteStream('', { fd })
      writer.on('error', (error) =>
        this.#logger.debug('stdin of container closed', { container: id, error: error.message }),
      )
      streams.stdin.pipe(writer)
      streams.signal.addEventListener('abort', () => writer.end(), { once: true })
      void live?.exited.then(() => writer.end())
    }
    await Promise.race([
      live?.exited.then(() => live.pump?.done),
      new Promise<void>((resolve) => streams.signal.addEventListener('abort', () => resolve(), { once: true })),
    ])
    stop?.()
  }

  async portForward(podSandboxId: string, port: number): Promise<{ host: string; port: number }> {
    const record = this.#sandboxes.get(podSandboxId)
    if (!record) throw new RuntimeError(`sandbox ${podSandboxId} not found`)
    return { host: record.ip, port }
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

  #sandboxDir(id: string): string {
    return join(this.#config.rootDir, 'sandboxes', id)
  }

  #containerDir(id: string): string {
    return join(this.#config.rootDir, 'containers', id)
  }

  #require(id: string): ContainerRecord {
    const record = this.#containers.get(id)
    if (!record) throw new RuntimeError(`container ${id} not found`)
    return record
  }

  #running(id: string): ContainerRecord {
    const record = this.#require(id)
    if (this.#state(record) !== 'CONTAINER_RUNNING') throw new RuntimeError(`container ${id} is not running`)
    return record
  }

  #podUid(record: ContainerRecord): string {
    return this.#sandboxes.get(record.podSandboxId)?.config.metadata.uid ?? ''
  }

  #state(record: ContainerRecord): ContainerState {
    if (record.finishedAt > 0) return 'CONTAINER_EXITED'
    return record.startedAt > 0 ? 'CONTAINER_RUNNING' : 'CONTAINER_CREATED'
  }

  #status(record: ContainerRecord): ContainerStatus {
    const { config, argv: _argv, startTime: _start, shimPid: _shim, shimStartTime: _shimStart, ...rest } = record
    return {
      ...rest,
      metadata: config.metadata,
      state: this.#state(record),
      image: config.image.image,
      labels: config.labels,
      annotations: config.annotations,
      logPath: config.logPath,
      tty: config.tty,
      stdin: config.stdin,
    }
  }

  #emit(record: ContainerRecord, type: ContainerEvent['type']): void {
    const event = { type, containerId: record.id, podUid: this.#podUid(record) }
    for (const listener of this.#listeners) listener(event)
  }

  #finishStart(record: ContainerRecord, exitCode: number, reason: string, message: string): void {
    Object.assign(record, { exitCode, reason, message, finishedAt: this.#clock.now(), startedAt: 0 })
    saveRecord(this.#containerDir(record.id), record)
  }

  /** Reads the container's output and waits for its `exit` file; the same for a new container and for one taken over. */
  #follow(record: ContainerRecord): void {
    const dir = this.#containerDir(record.id)
    let resolveExited = () => {}
    const exited = new Promise<void>((resolve) => {
      resolveExited = resolve
    })
    const live: Live = { pump: undefined, watcher: undefined, exited, resolveExited, stdin: undefined }
    this.#live.set(record.id, live)
    const exitFile = join(dir, 'exit')
    const check = () => {
      if (existsSync(exitFile)) void this.#exited(record, readFileSync(exitFile, 'utf8'))
      else if (!isAlive(record.shimPid, record.shimStartTime)) void this.#exited(record, '137 0')
    }
    live.watcher = watch(dir, (_type, name) => {
      if (name === 'exit') check()
    })
    if (isAlive(record.shimPid, record.shimStartTime)) {
      const log = new LogWriter({ path: record.config.logPath, clock: this.#clock })
      live.pump = pumpOutput({ stdout: join(dir, 'stdout.fifo'), stderr: join(dir, 'stderr.fifo') }, log)
      // A shim that was killed leaves no exit file, but its end of the streams closes.
      void live.pump.done.then(() => {
        if (this.#live.get(record.id) === live) check()
      })
    }
    check()
  }

  async #exited(record: ContainerRecord, text: string): Promise<void> {
    const live = this.#live.get(record.id)
    if (!live?.watcher || record.finishedAt > 0) return
    live.watcher.close()
    live.watcher = undefined
    this.#release(record)
    if (live.pump) await this.#within(live.pump.done, 1000)
    await live.pump?.close()
    const exitCode = Number(text.split(' ')[0])
    const reason = exitCode === 0 ? 'Completed' : 'Error'
    Object.assign(record, { exitCode, reason, finishedAt: this.#clock.now() })
    saveRecord(this.#containerDir(record.id), record)
    live.resolveExited()
    this.#emit(record, 'CONTAINER_STOPPED')
  }

  /** Tells the shim that nobody needs its streams any more. */
  #release(record: ContainerRecord): void {
    if (!isAlive(record.shimPid, record.shimStartTime)) return
    const fd = openSync(join(this.#containerDir(record.id), 'drain.fifo'), constants.O_RDWR | constants.O_NONBLOCK)
    writeSync(fd, '\n')
    // Kept open until the shim has read: the bytes of a FIFO without an open end are lost.
    let open = true
    const close = () => {
      cancel()
      if (open) closeSync(fd)
      open = false
    }
    const cancel = this.#clock.setTimer(2000, close)
    void this.#live.get(record.id)?.pump?.done.then(close)
  }

  async #exitedWithin(live: Live, ms: number): Promise<boolean> {
    return this.#within(live.exited, ms)
  }

  async #within(promise: Promise<void>, ms: number): Promise<boolean> {
    let cancel = () => {}
    const timeout = new Promise<false>((resolve) => {
      cancel = this.#clock.setTimer(ms, () => resolve(false))
    })
    try {
      return await Promise.race([promise.then(() => true), timeout])
    } finally {
      cancel()
    }
  }
}

/** The shim's one line on the start pipe, or '' when it ended without one. */
function startLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    const pipe = child.stdio[3] as Readable
    let text = ''
    const finish = () => {
      pipe.destroy()
      resolve(text.split('\n')[0] ?? '')
    }
    pipe.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.includes('\n')) finish()
    })
    pipe.once('end', finish)
  })
}

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

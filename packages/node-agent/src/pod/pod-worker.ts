import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigMap, type Container, Pod, Secret, Service, ServiceAccount, type PodStatus } from '@wherry/api'
import { deepEqual, isConflict, isNotFound } from '@wherry/apimachinery'
import type { Client } from '@wherry/client'
import type { Clock, Logger } from '@wherry/component-base'
import { type ContainerRuntime, type ContainerStatus, type PodSandbox, RuntimeError } from '../runtime/cri.ts'
import { type PreparedVolume, VolumeError, prepareVolume } from '../volumes/volumes.ts'
import { Backoff } from './backoff.ts'
import { containerConfig, podLogDirectory } from './container-config.ts'
import { ContainerConfigError, containerEnv } from './env.ts'
import { runHook } from './hooks.ts'
import { PodProbes } from './probes.ts'
import type { References } from './references.ts'
import { type WaitingReason, allInitContainers, attemptsOf, isSidecar, podStatus } from './status.ts'

export interface PodEvents {
  event(object: Pod, type: 'Normal' | 'Warning', reason: string, message: string, container?: string): void
}

export interface PodWorkerDeps {
  client: Client
  clock: Clock
  logger: Logger
  runtime: ContainerRuntime
  references: References
  events: PodEvents
  rootDir: string
  nodeIP: string
  allocatable: Record<string, string>
  /** The worker has nothing left to do and may be forgotten. */
  onGone: (uid: string) => void
}

const defaultGraceSeconds = 30

/**
 * One pod's serial loop: `wake` may be called at any time and by anyone, `sync` never runs twice at once, and a wake
 * during a sync runs one more.
 *
 *   sync ── deletionTimestamp? ─▶ preStop, SIGTERM, grace, SIGKILL ─▶ final status ─▶ delete with grace 0
 *        ── volumes ─▶ sandbox ─▶ init containers in turn ─▶ containers ─▶ status, when it differs
 */
export class PodWorker {
  readonly #deps: PodWorkerDeps
  readonly #backoff = new Backoff()
  readonly #probes: PodProbes
  readonly #waiting = new Map<string, WaitingReason>()
  readonly #started = new Set<string>()
  readonly #unhealthy = new Set<string>()
  readonly #tokens = new Map<string, { token: string; renewAt: number }>()
  readonly #firstSeen: number
  #pod: Pod
  #running: Promise<void> | undefined
  #dirty = false
  #stopped = false
  #gone = false
  #terminating = false
  #cancelTimer = () => {}
  #timerAt = Infinity
  #volumes: Map<string, PreparedVolume> | undefined
  #written: PodStatus | undefined

  constructor(pod: Pod, deps: PodWorkerDeps) {
    this.#pod = pod
    this.#deps = deps
    this.#firstSeen = deps.clock.now()
    this.#probes = new PodProbes({
      clock: deps.clock,
      runtime: deps.runtime,
      onResult: (_pod, container, type, outcome, decided) => {
        if (!outcome.ok) {
          const word = `${type[0]?.toUpperCase()}${type.slice(1)}`
          const separator = outcome.output ? `: ${outcome.output}` : ''
          this.#event('Warning', 'Unhealthy', `${word} probe failed${separator}`, container.name)
        }
        if (!decided) return
        if (!outcome.ok && type !== 'readiness') this.#unhealthy.add(container.name)
        this.wake()
      },
    })
  }

  get pod(): Pod {
    return this.#pod
  }

  update(pod: Pod): void {
    this.#pod = pod
    this.wake()
  }

  /** The object is gone from the API: whatever still runs is killed at once. */
  removed(): void {
    this.#gone = true
    for (const status of this.#statuses()) void this.#deps.runtime.stopContainer(status.id, 0)
    this.wake()
  }

  wake(): void {
    if (this.#stopped) return
    this.#dirty = true
    this.#running ??= this.#loop().finally(() => {
      this.#running = undefined
      if (this.#dirty) this.wake()
    })
  }

  /** Ends the loop without touching the containers. */
  async close(): Promise<void> {
    this.#stopped = true
    this.#dirty = false
    this.#cancelTimer()
    this.#probes.stop()
    await this.#running
  }

  async #loop(): Promise<void> {
    while (this.#dirty && !this.#stopped) {
      this.#dirty = false
      try {
        await this.#sync()
      } catch (error) {
        if (this.#stopped) return
        this.#deps.logger.warn('pod sync failed, will be tried again', { pod: this.#name(), error: String(error) })
        this.#wakeIn(1000)
      }
    }
  }

  async #sync(): Promise<void> {
    const pod = this.#pod
    if (this.#gone || pod.metadata.deletionTimestamp) return this.#terminate()
    const phase = pod.status?.phase
    if (phase === 'Succeeded' || phase === 'Failed') {
      if (this.#statuses().some(({ state }) => state === 'CONTAINER_RUNNING')) await this.#killAll(0)
      this.#probes.stop()
      return
    }
    const deadline = pod.spec?.activeDeadlineSeconds
    if (deadline !== undefined && pod.status?.startTime) {
      const left = Date.parse(pod.status.startTime) + Number(deadline) * 1000 - this.#deps.clock.now()
      if (left <= 0) {
        const message = 'Pod was active on the node longer than the specified deadline'
        this.#event('Normal', 'DeadlineExceeded', message)
        await this.#killAll(pod.spec?.terminationGracePeriodSeconds ?? defaultGraceSeconds)
        await this.#writeStatus({ phase: 'Failed', reason: 'DeadlineExceeded', message })
        return
      }
      this.#wakeIn(left)
    }
    if (!this.#written) await this.#writeStatus()
    if (!(await this.#setUpVolumes())) {
      await this.#writeStatus()
      return
    }
    const sandbox = await this.#ensureSandbox()
    await this.#advance(sandbox)
    await this.#writeStatus()
    const current = this.#statusOf()
    if (current.phase === 'Succeeded' || current.phase === 'Failed') {
      for (const container of allInitContainers(pod).filter(isSidecar).reverse())
        await this.#kill(container, defaultGraceSeconds)
      await this.#deps.runtime.stopPodSandbox(sandbox.id)
      await this.#writeStatus({ phase: current.phase })
    }
  }

  // ---- containers

  async #advance(sandbox: PodSandbox): Promise<void> {
    const pod = this.#pod
    const policy = pod.spec?.restartPolicy ?? 'Always'
    const mainStarted = (pod.spec?.containers ?? []).some(({ name }) => this.#latest(name) !== undefined)
    for (const container of allInitContainers(pod)) {
      const latest = this.#latest(container.name)
      if (isSidecar(container)) {
        await this.#ensureRunning(container, sandbox, 'Always')
        if (!mainStarted && !this.#isStarted(container)) return
        continue
      }
      if (mainStarted || (latest?.state === 'CONTAINER_EXITED' && latest.exitCode === 0)) continue
      if (latest?.state === 'CONTAINER_RUNNING') return this.#observe(container, latest, sandbox)
      if (latest?.state === 'CONTAINER_EXITED' && policy === 'Never') return
      await this.#ensureRunning(container, sandbox, 'OnFailure')
      return
    }
    await Promise.all((pod.spec?.containers ?? []).map((container) => this.#ensureRunning(container, sandbox, policy)))
  }

  async #ensureRunning(container: Container, sandbox: PodSandbox, policy: string): Promise<void> {
    const { clock, runtime } = this.#deps
    const latest = this.#latest(container.name)
    if (latest?.state === 'CONTAINER_RUNNING') {
      if (!this.#unhealthy.has(container.name)) return this.#observe(container, latest, sandbox)
      this.#unhealthy.delete(container.name)
      const which = this.#probes.result(container.name, 'startup') === false ? 'startup' : 'liveness'
      const message = `Container ${container.name} failed ${which} probe, will be restarted`
      this.#probes.stop(container.name)
      await this.#kill(container, this.#probeGrace(container, which), message)
      this.wake()
      return
    }
    let attempt = 0
    if (latest?.state === 'CONTAINER_EXITED') {
      this.#probes.stop(container.name)
      this.#started.delete(container.name)
      const succeeded = latest.exitCode === 0
      if (policy === 'Never' || (policy === 'OnFailure' && succeeded)) {
        this.#waiting.delete(container.name)
        return
      }
      const key = container.name
      const remaining = this.#backoff.remaining(key, latest.finishedAt, clock.now())
      if (remaining > 0) {
        const where = `container ${container.name} in pod ${this.#podId()}`
        if (this.#waiting.get(container.name)?.reason !== 'CrashLoopBackOff') {
          this.#event('Warning', 'BackOff', `Back-off restarting failed ${where}`, container.name)
        }
        const delay = goSeconds(this.#backoff.delay(key))
        this.#waiting.set(container.name, {
          reason: 'CrashLoopBackOff',
          message: `back-off ${delay} restarting failed container=${container.name} pod=${this.#podId()}`,
        })
        this.#wakeIn(remaining)
        return
      }
      this.#backoff.next(key, latest.finishedAt, clock.now())
      attempt = latest.metadata.attempt + 1
    } else if (latest) await runtime.removeContainer(latest.id)
    await this.#startContainer(container, sandbox, attempt)
  }

  async #startContainer(container: Container, sandbox: PodSandbox, attempt: number): Promise<void> {
    const { runtime, logger, rootDir } = this.#deps
    const image = container.image ?? ''
    if (!(await this.#ensureImage(container))) return
    let id: string
    try {
      const env = await containerEnv(this.#pod, container, this.#envSources(sandbox))
      const config = containerConfig({
        pod: this.#pod,
        container,
        attempt,
        env,
        volumes: this.#volumes ?? new Map(),
        rootDir,
      })
      for (const mount of config.mounts)
        if (!mount.host && !existsSync(mount.hostPath)) await mkdir(mount.hostPath, { recursive: true })
      id = await runtime.createContainer(sandbox.id, config)
    } catch (error) {
      const isConfig = error instanceof ContainerConfigError
      if (!isConfig && !(error instanceof RuntimeError)) throw error
      this.#waiting.set(container.name, {
        reason: isConfig ? 'CreateContainerConfigError' : 'CreateContainerError',
        message: error.message,
      })
      this.#event('Warning', 'Failed', `Error: ${error.message}`, container.name)
      this.#wakeIn(10_000)
      return
    }
    this.#event('Normal', 'Created', `Container created`, container.name)
    try {
      await runtime.startContainer(id)
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error
      this.#waiting.set(container.name, { reason: 'RunContainerError', message: error.message })
      this.#event('Warning', 'Failed', `Error: ${error.message}`, container.name)
      this.wake()
      return
    }
    this.#waiting.delete(container.name)
    this.#event('Normal', 'Started', 'Container started', container.name)
    logger.info('container started', { pod: this.#name(), container: container.name, image, attempt })
    await this.#removeOldAttempts(container.name)
    const hook = container.lifecycle?.postStart
    if (hook) {
      const failure = await runHook(hook, {
        runtime,
        clock: this.#deps.clock,
        container,
        containerId: id,
        podIP: sandbox.ip,
      })
      if (failure !== undefined) {
        this.#event('Warning', 'FailedPostStartHook', `PostStartHook failed`, container.name)
        await this.#kill(container, this.#grace(), 'FailedPostStartHook')
        return
      }
    }
    this.#started.add(container.name)
    const running = this.#latest(container.name)
    if (running?.state === 'CONTAINER_RUNNING') this.#observe(container, running, sandbox)
    else this.wake()
  }

  /** True when the image can run: it is in the catalogue, or the pod itself says what to run. */
  async #ensureImage(container: Container): Promise<boolean> {
    const { runtime, clock } = this.#deps
    const image = container.image ?? ''
    const key = `${container.name}/image`
    const present = await runtime.imageStatus(image)
    if (present || (container.command?.length ?? 0) > 0) {
      if (present || image !== '')
        this.#event('Normal', 'Pulled', `Container image "${image}" already present on machine`, container.name)
      this.#backoff.forget(key)
      return true
    }
    if (container.imagePullPolicy === 'Never') {
      const message = `Container image "${image}" is not present with pull policy of Never`
      this.#waiting.set(container.name, { reason: 'ErrImageNeverPull', message })
      this.#event('Warning', 'ErrImageNeverPull', message, container.name)
      this.#wakeIn(60_000)
      return false
    }
    const before = this.#waiting.get(container.name)
    const lastTry = this.#pullTried.get(container.name)
    const remaining = lastTry === undefined ? 0 : this.#backoff.remaining(key, lastTry, clock.now())
    if (remaining > 0) {
      if (before?.reason !== 'ImagePullBackOff') {
        this.#event('Normal', 'BackOff', `Back-off pulling image "${image}"`, container.name)
        const tail = before ? `: ErrImagePull: ${before.message}` : ''
        this.#waiting.set(container.name, {
          reason: 'ImagePullBackOff',
          message: `Back-off pulling image "${image}"${tail}`,
        })
        this.#event('Warning', 'Failed', 'Error: ImagePullBackOff', container.name)
      }
      this.#wakeIn(remaining)
      return false
    }
    this.#event('Normal', 'Pulling', `Pulling image "${image}"`, container.name)
    try {
      await runtime.pullImage(image)
      return true
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error
      this.#backoff.next(key, lastTry ?? clock.now(), clock.now())
      this.#pullTried.set(container.name, clock.now())
      this.#waiting.set(container.name, { reason: 'ErrImagePull', message: error.message })
      this.#event('Warning', 'Failed', `Failed to pull image "${image}": ${error.message}`, container.name)
      this.#event('Warning', 'Failed', 'Error: ErrImagePull', container.name)
      await this.#writeStatus()
      this.wake()
      return false
    }
  }
  readonly #pullTried = new Map<string, number>()

  /** A container that runs, here or since before this agent started: follow it with its probes. */
  #observe(container: Container, status: ContainerStatus, sandbox: PodSandbox): void {
    this.#waiting.delete(container.name)
    this.#started.add(container.name)
    this.#probes.follow(this.#pod, container, status.id, sandbox.ip)
  }

  async #removeOldAttempts(name: string): Promise<void> {
    for (const old of attemptsOf(this.#statuses(), name).slice(2)) {
      await this.#deps.runtime.removeContainer(old.id)
      await rm(old.logPath, { force: true })
    }
  }

  async #kill(
    container: Container,
    graceSeconds: number,
    message = `Stopping container ${container.name}`,
  ): Promise<void> {
    const { runtime, clock } = this.#deps
    const latest = this.#latest(container.name)
    if (latest?.state !== 'CONTAINER_RUNNING') return
    this.#event('Normal', 'Killing', message, container.name)
    const begun = clock.now()
    const hook = container.lifecycle?.preStop
    if (hook && graceSeconds > 0) {
      const context = { runtime, clock, container, containerId: latest.id, podIP: this.#sandbox()?.ip ?? '' }
      const failure = await runHook(hook, context, graceSeconds * 1000)
      if (failure !== undefined) this.#event('Warning', 'FailedPreStopHook', 'PreStopHook failed', container.name)
    }
    const left = graceSeconds - (clock.now() - begun) / 1000
    // As the kubelet: a container gets at least two seconds after its hook.
    await runtime.stopContainer(latest.id, graceSeconds === 0 ? 0 : Math.max(hook ? 2 : 0, left))
  }

  async #killAll(graceSeconds: number): Promise<void> {
    await Promise.all((this.#pod.spec?.containers ?? []).map((container) => this.#kill(container, graceSeconds)))
    for (const container of allInitContainers(this.#pod).reverse()) await this.#kill(container, graceSeconds)
  }

  // ---- the end

  async #terminate(): Promise<void> {
    const { client, runtime, rootDir, references, onGone, logger } = this.#deps
    const pod = this.#pod
    if (!this.#terminating) {
      this.#terminating = true
      this.#probes.stopLiveness()
    }
    await this.#killAll(this.#gone ? 0 : this.#grace())
    this.#probes.stop()
    this.#waiting.clear()
    const sandbox = this.#sandbox()
    if (sandbox) await runtime.stopPodSandbox(sandbox.id)
    if (!this.#gone) {
      const current = this.#statusOf()
      const failed = [...(current.containerStatuses ?? [])].some(
        (item) => (item.state?.terminated?.exitCode ?? 0) !== 0,
      )
      const started = (current.containerStatuses ?? []).some((item) => item.state?.terminated)
      const ended = current.phase === 'Succeeded' || current.phase === 'Failed'
      const phase = ended ? current.phase : started && !failed ? 'Succeeded' : 'Failed'
      await this.#writeStatus({ phase: phase ?? 'Failed' })
      const { namespace = '', name = '', uid = '' } = pod.metadata
      try {
        await client.delete(Pod, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } })
      } catch (error) {
        if (!isNotFound(error) && !isConflict(error)) throw error
      }
    }
    for (const item of runtime.listPodSandbox({ podUid: pod.metadata.uid ?? '' }))
      await runtime.removePodSandbox(item.id)
    await rm(this.#podDir(), { recursive: true, force: true })
    await rm(podLogDirectory(rootDir, pod), { recursive: true, force: true })
    references.release(pod.metadata.uid ?? '')
    logger.info('pod removed', { pod: this.#name() })
    // A pod with finalizers stays in the API; it comes back to this worker only by a new update, which does no harm.
    this.#stopped = true
    this.#cancelTimer()
    onGone(pod.metadata.uid ?? '')
  }

  // ---- volumes and sandbox

  async #setUpVolumes(): Promise<boolean> {
    const { clock } = this.#deps
    const sandbox = this.#sandbox()
    const volumes = new Map<string, PreparedVolume>()
    const waitsForIP = JSON.stringify(this.#pod.spec?.volumes ?? []).includes('status.podIP')
    if (waitsForIP && !sandbox) await this.#ensureSandbox()
    for (const volume of this.#pod.spec?.volumes ?? []) {
      try {
        const prepared = await prepareVolume(this.#podDir(), this.#pod, volume, {
          ...this.#facts(this.#sandbox()?.ip ?? ''),
          configMap: (name) => this.#configMap(name),
          secret: (name) => this.#secret(name),
          token: (audience, seconds) => this.#token(audience, seconds),
          stamp: () => new Date(clock.now()).toISOString().replace(/[-:T]/g, '_').slice(0, 19),
        })
        volumes.set(volume.name, prepared)
      } catch (error) {
        if (!(error instanceof VolumeError) && !isNotFound(error)) throw error
        const message = error instanceof Error ? error.message : String(error)
        if (this.#volumes?.has(volume.name)) {
          const old = this.#volumes.get(volume.name)
          if (old) volumes.set(volume.name, old)
          continue
        }
        this.#event('Warning', 'FailedMount', `MountVolume.SetUp failed for volume "${volume.name}" : ${message}`)
        this.#backoff.next('volumes', clock.now(), clock.now())
        this.#wakeIn(Math.min(this.#backoff.delay('volumes') / 20, 120_000))
        return false
      }
    }
    this.#volumes = volumes
    return true
  }

  async #ensureSandbox(): Promise<PodSandbox> {
    const { runtime, rootDir } = this.#deps
    const existing = this.#sandbox()
    if (existing?.state === 'SANDBOX_READY') return existing
    const { name = '', namespace = '', uid = '' } = this.#pod.metadata
    await runtime.runPodSandbox({
      metadata: { name, namespace, uid, attempt: existing ? existing.metadata.attempt + 1 : 0 },
      hostname: this.#pod.spec?.hostname || name.slice(0, 63),
      logDirectory: podLogDirectory(rootDir, this.#pod),
      labels: this.#pod.metadata.labels ?? {},
      annotations: {},
      hostNetwork: this.#pod.spec?.hostNetwork === true,
    })
    const created = this.#sandbox()
    if (!created) throw new Error('the runtime lost the sandbox that it made')
    return created
  }

  #sandbox(): PodSandbox | undefined {
    const all = this.#deps.runtime.listPodSandbox({ podUid: this.#pod.metadata.uid ?? '' })
    return all.sort((a, b) => b.createdAt - a.createdAt)[0]
  }

  #facts(podIP: string) {
    return { podIP, hostIP: this.#deps.nodeIP, allocatable: this.#deps.allocatable }
  }

  #envSources(sandbox: PodSandbox) {
    const { client } = this.#deps
    const namespace = this.#pod.metadata.namespace ?? ''
    return {
      ...this.#facts(sandbox.ip),
      configMap: (name: string) => this.#configMap(name),
      secret: (name: string) => this.#secret(name),
      services: async (): Promise<Service[]> => {
        const own = await client.list(Service, { namespace })
        if (namespace === 'default') return own.items
        const master = await client.list(Service, { namespace: 'default', fieldSelector: 'metadata.name=kubernetes' })
        return [...own.items, ...master.items]
      },
      volumeFile: async (volume: string, path: string) => {
        const root = this.#volumes?.get(volume)?.path
        return root === undefined ? undefined : readFile(join(root, path), 'utf8').catch(() => undefined)
      },
    }
  }

  #configMap(name: string) {
    const { namespace = '', uid = '' } = this.#pod.metadata
    return this.#deps.references.get(ConfigMap, namespace, name, uid, () => this.wake())
  }

  #secret(name: string) {
    const { namespace = '', uid = '' } = this.#pod.metadata
    return this.#deps.references.get(Secret, namespace, name, uid, () => this.wake())
  }

  /** As the kubelet's token manager: renewed after 80% of its life. */
  async #token(audience: string, expirationSeconds: number): Promise<string> {
    const { client, clock } = this.#deps
    const key = `${audience}/${expirationSeconds}`
    const held = this.#tokens.get(key)
    if (held && clock.now() < held.renewAt) return held.token
    const { namespace = '', name = '', uid = '' } = this.#pod.metadata
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: {
        audiences: audience ? [audience] : [],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    }
    const account = { namespace, name: this.#pod.spec?.serviceAccountName || 'default' }
    const answer: { status?: { token?: string } } = await client.createSubresource(
      ServiceAccount,
      account,
      'token',
      body,
    )
    const token = answer.status?.token ?? ''
    const life = expirationSeconds * 800
    this.#tokens.set(key, { token, renewAt: clock.now() + life })
    this.#wakeIn(life)
    return token
  }

  // ---- status

  #statusOf(terminal?: { phase: string; reason?: string; message?: string }): PodStatus {
    const sandbox = this.#sandbox()
    const pod = this.#written ? { ...this.#pod, status: { ...this.#pod.status, ...this.#written } } : this.#pod
    return podStatus({
      pod,
      runtime: this.#statuses(),
      runtimeName: this.#deps.runtime.version().runtimeName,
      waiting: this.#waiting,
      ready: (name) => this.#isReady(name),
      started: (name) => this.#isStartedByName(name),
      podIP: sandbox?.ip,
      hostIP: this.#deps.nodeIP,
      sandboxReady: sandbox?.state === 'SANDBOX_READY',
      now: this.#deps.clock.now(),
      startTime: this.#firstSeen,
      terminal,
    })
  }

  async #writeStatus(terminal?: { phase: string; reason?: string; message?: string }): Promise<void> {
    if (this.#gone) return
    const status = this.#statusOf(terminal)
    if (deepEqual(status, this.#pod.status) || deepEqual(status, this.#written)) {
      this.#written = status
      return
    }
    const { namespace = '', name = '', uid = '' } = this.#pod.metadata
    try {
      // Merge patch: lists of ours are replaced whole; the uid keeps a successor of the same name safe.
      const patch = { metadata: { uid }, status: withRemovals(status, this.#pod.status) }
      await this.#deps.client.patch(Pod, { namespace, name }, patch, { type: 'merge', subresource: 'status' })
      this.#written = status
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error
    }
  }

  #isReady(name: string): boolean {
    const container = this.#spec(name)
    if (!container || !this.#isStarted(container)) return false
    return container.readinessProbe ? this.#probes.result(name, 'readiness') === true : true
  }

  #isStarted(container: Container): boolean {
    if (!this.#started.has(container.name)) return false
    return container.startupProbe ? this.#probes.result(container.name, 'startup') === true : true
  }

  #isStartedByName(name: string): boolean {
    const container = this.#spec(name)
    return container !== undefined && this.#isStarted(container)
  }

  #spec(name: string): Container | undefined {
    return [...allInitContainers(this.#pod), ...(this.#pod.spec?.containers ?? [])].find((item) => item.name === name)
  }

  #statuses(): ContainerStatus[] {
    return this.#deps.runtime.listContainers({ podUid: this.#pod.metadata.uid ?? '' })
  }

  #latest(name: string): ContainerStatus | undefined {
    return attemptsOf(this.#statuses(), name)[0]
  }

  #grace(): number {
    const { deletionGracePeriodSeconds } = this.#pod.metadata
    return Number(deletionGracePeriodSeconds ?? this.#pod.spec?.terminationGracePeriodSeconds ?? defaultGraceSeconds)
  }

  #probeGrace(container: Container, which: 'startup' | 'liveness'): number {
    const probe = which === 'startup' ? container.startupProbe : container.livenessProbe
    return Number(
      probe?.terminationGracePeriodSeconds ?? this.#pod.spec?.terminationGracePeriodSeconds ?? defaultGraceSeconds,
    )
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string, container?: string): void {
    this.#deps.events.event(this.#pod, type, reason, message, container)
  }

  #podDir(): string {
    return join(this.#deps.rootDir, 'pods', this.#pod.metadata.uid ?? '')
  }

  #name(): string {
    return `${this.#pod.metadata.namespace}/${this.#pod.metadata.name}`
  }

  #podId(): string {
    const { name, namespace, uid } = this.#pod.metadata
    return `${name}_${namespace}(${uid})`
  }

  /** One timer for the earliest of all reasons to look again. */
  #wakeIn(ms: number): void {
    const { clock } = this.#deps
    const at = clock.now() + ms
    if (at >= this.#timerAt && this.#timerAt > clock.now()) return
    this.#cancelTimer()
    this.#timerAt = at
    this.#cancelTimer = clock.setTimer(Math.min(ms, 2 ** 31 - 1), () => {
      this.#timerAt = Infinity
      this.wake()
    })
  }
}

/** A merge patch leaves absent members alone, so what is no longer there is nulled. */
function withRemovals(status: PodStatus, old: PodStatus | undefined): Record<string, unknown> {
  const patch: Record<string, unknown> = { ...status }
  for (const key of Object.keys(old ?? {})) if (!(key in patch)) patch[key] = null
  return patch
}

function goSeconds(ms: number): string {
  const seconds = Math.round(ms / 1000)
  const minutes = Math.floor(seconds / 60)
  return minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`
}

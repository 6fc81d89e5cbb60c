import { mkdir } from 'node:fs/promises'
import { Pod } from '@wherry/api'
import { isConflict, isNotFound, parseTime } from '@wherry/apimachinery'
import type { Client } from '@wherry/client'
import type { Clock, Logger } from '@wherry/component-base'
import { isPodTerminal } from '@wherry/component-helpers'
import type { ContainerRuntime, PodSandbox, PortMapping } from '../runtime/cri.ts'
import { type PodEnd, podStatus } from '../status/pod-status.ts'
import { StatusWriter } from '../status/status-writer.ts'
import type { ServiceAccountTokens } from '../volumes/service-account-tokens.ts'
import { ContainerStarter, type ContainerStarterDeps } from './container-starter.ts'
import { PodContainers } from './pod-containers.ts'
import { type PodDirectory, podDirectory } from './pod-directory.ts'
import { allContainers, graceSeconds, type PodObject, podKey, podUid } from './pod-object.ts'
import { PodVolumes } from './pod-volumes.ts'
import type { References } from './references.ts'
import { removeTree } from './remove-tree.ts'
import { WakeTimer } from './wake-timer.ts'

export interface PodEvents {
  event(pod: PodObject, type: 'Normal' | 'Warning', reason: string, message: string, container?: string): void
}

export interface PodWorkerDeps extends Omit<ContainerStarterDeps, 'event' | 'changed'> {
  client: Client
  clock: Clock
  logger: Logger
  runtime: ContainerRuntime
  runtimeName: string
  references: References
  tokens: ServiceAccountTokens
  events: PodEvents
  nodeName: string
  nodeIP: string
  allocatable: Readonly<Record<string, string>>
  /** Why this node refuses the pod; asked once, of a pod that has not run here. */
  admit: (pod: PodObject) => PodEnd | undefined
  /** The worker has nothing left to do and may be forgotten. */
  onGone: (uid: string) => void
}

const retryMs = 1000

/** What a pod gets that was removed from the API without waiting for its end. */
const goneGraceSeconds = 1

/**
 * One pod's serial loop: `wake` may be called at any time and by anyone, two syncs never overlap, and a wake during a
 * sync causes one more. Containers that end slowly are not waited for: the runtime's event wakes the worker.
 *
 *   sync ─┬─ being deleted ────▶ end the containers ─▶ last status ─▶ delete with grace 0 ─▶ forget
 *         ├─ over ─────────────▶ end what is left   ─▶ last status
 *         └─ otherwise ────────▶ volumes ─▶ sandbox ─▶ containers ─▶ status
 */
export class PodWorker {
  readonly #deps: PodWorkerDeps
  readonly #directory: PodDirectory
  readonly #containers: PodContainers
  readonly #volumes: PodVolumes
  readonly #status: StatusWriter
  readonly #timer: WakeTimer
  readonly #closed = new AbortController()
  readonly #firstSeen: number
  #pod: PodObject
  #interrupt = new AbortController()
  #running: Promise<void> | undefined
  #dirty = false
  #begun = false
  #gone = false
  /** Set when the pod has come to its end by itself, or by the agent. */
  #end: PodEnd | undefined

  constructor(pod: PodObject, deps: PodWorkerDeps) {
    const { clock, runtime, rootDir } = deps
    this.#pod = pod
    this.#deps = deps
    this.#firstSeen = clock.now()
    this.#directory = podDirectory(rootDir, pod)
    const event = (type: 'Normal' | 'Warning', reason: string, message: string, container?: string) =>
      deps.events.event(this.#pod, type, reason, message, container)
    const changed = () => this.wake()
    const starter = new ContainerStarter({ ...deps, event, changed })
    this.#containers = new PodContainers({ runtime, clock, starter, event, changed })
    this.#volumes = new PodVolumes({ ...deps, podDir: this.#directory.pod, changed })
    this.#timer = new WakeTimer(clock, changed)
    this.#status = new StatusWriter({
      ...deps,
      current: () => this.#pod,
      written: (written) => this.#take(written),
      signal: this.#closed.signal,
    })
  }

  get pod(): PodObject {
    return this.#pod
  }

  /** No container of the pod runs or will run: what it asked for is free for others. */
  get over(): boolean {
    return this.#gone || this.#end !== undefined || isPodTerminal(this.#pod)
  }

  /** The node has taken the pod, so that what it asks for is in use. */
  get admitted(): boolean {
    return this.#begun
  }

  update(pod: PodObject): void {
    this.#take(pod)
    if (this.#pod.metadata.deletionTimestamp) this.#interrupt.abort()
    this.wake()
  }

  /** The object is gone from the API: whatever still runs is ended. */
  removed(): void {
    this.#gone = true
    this.#interrupt.abort()
    this.wake()
  }

  wake(): void {
    if (this.#closed.signal.aborted) return
    this.#dirty = true
    this.#running ??= this.#loop().finally(() => {
      this.#running = undefined
      if (this.#dirty) this.wake()
    })
  }

  /** Ends the loop without touching the containers. */
  async close(): Promise<void> {
    this.#dirty = false
    this.#closed.abort()
    this.#interrupt.abort()
    this.#timer.clear()
    this.#containers.stopHealthChecks()
    await this.#running
    await this.#status.flushed()
  }

  /** The newest of what the API has said of the pod. */
  #take(pod: PodObject): void {
    const version = ({ metadata }: PodObject) => Number(metadata.resourceVersion ?? 0)
    if (version(pod) >= version(this.#pod)) this.#pod = pod
  }

  async #loop(): Promise<void> {
    while (this.#dirty && !this.#closed.signal.aborted) {
      this.#dirty = false
      try {
        await this.#sync()
      } catch (error) {
        if (this.#closed.signal.aborted) return
        this.#deps.logger.warn('pod sync failed, will be tried again', { pod: podKey(this.#pod), error })
        this.#timer.in(retryMs)
      }
    }
  }

  async #sync(): Promise<void> {
    const pod = this.#pod
    const observed = await this.#containers.observe(pod)
    if (!this.#begun) {
      this.#containers.takeOver(pod)
      if (isPodTerminal(pod)) this.#end = {}
      else if (!observed.sandbox && !pod.metadata.deletionTimestamp) this.#end = this.#deps.admit(pod)
      this.#begun = true
    }
    if (this.#gone || pod.metadata.deletionTimestamp) return this.#terminate(pod)
    this.#end ??= this.#pastDeadline(pod)
    if (this.#end) return this.#finish(pod, this.#end)
    await this.#run(pod)
  }

  async #run(pod: PodObject): Promise<void> {
    const { nodeIP, allocatable } = this.#deps
    this.#interrupt = new AbortController()
    this.#publish()
    await mkdir(this.#directory.pod, { recursive: true, mode: 0o750 })
    const facts = { podIP: '', hostIP: nodeIP, allocatable }
    const prepared = await this.#volumes.setUp(pod, facts)
    if (!prepared.ready) {
      const message = `MountVolume.SetUp failed for volume "${prepared.volume}" : ${prepared.message}`
      if (prepared.report) this.#deps.events.event(pod, 'Warning', 'FailedMount', message)
      this.#timer.in(prepared.retryMs)
      return
    }
    this.#timer.at(prepared.refreshAt)
    const sandbox = await this.#ensureSandbox(pod)
    const { plan, lookAgainAt } = await this.#containers.advance({
      pod,
      sandbox,
      hostname: hostname(pod, this.#deps.nodeName),
      facts: { ...facts, podIP: sandbox.ip },
      volumes: prepared.volumes,
      signal: this.#interrupt.signal,
    })
    if (plan.over) {
      this.#end = {}
      return this.#finish(pod, this.#end)
    }
    this.#timer.at(lookAgainAt)
    this.#publish()
  }

  /** The pod has come to its end; its object stays. */
  async #finish(pod: PodObject, end: PodEnd): Promise<void> {
    this.#containers.stopHealthChecks()
    const { observed } = this.#containers
    const grace = pod.spec?.terminationGracePeriodSeconds ?? graceSeconds(pod)
    if (!this.#containers.stop(pod, grace, observed.sandbox?.ip ?? '')) return this.#publish()
    await this.#stopSandboxes()
    this.#publish(end)
  }

  /** The pod is being deleted, or is gone already. */
  async #terminate(pod: PodObject): Promise<void> {
    const { client, runtime, references, tokens, logger, onGone } = this.#deps
    this.#containers.stopHealthChecks(false)
    const grace = this.#gone ? goneGraceSeconds : Math.max(graceSeconds(pod), goneGraceSeconds)
    const { observed } = this.#containers
    if (!this.#containers.stop(pod, grace, observed.sandbox?.ip ?? '')) return this.#publish()
    this.#containers.stopHealthChecks()
    await this.#stopSandboxes()
    if (!this.#gone) {
      this.#publish(this.#end ?? {})
      await this.#status.flushed()
      await deletePod(client, pod)
    }
    for (const { id } of observed.sandboxes) await runtime.removePodSandbox(id)
    await removeTree(this.#directory.pod)
    await removeTree(this.#directory.logs)
    references.release(podUid(pod))
    tokens.forget(podUid(pod))
    logger.info('pod removed', { pod: podKey(pod) })
    // A pod with finalizers stays in the API. Another update of it makes a new worker, which finds nothing to do.
    this.#closed.abort()
    this.#timer.clear()
    onGone(podUid(pod))
  }

  #pastDeadline(pod: PodObject): PodEnd | undefined {
    const seconds = pod.spec?.activeDeadlineSeconds
    if (seconds === undefined) return undefined
    const written = pod.status?.startTime ? parseTime(pod.status.startTime) : this.#firstSeen
    // What this agent has written is cut to seconds.
    const begun = this.#firstSeen - written < 1000 ? Math.max(written, this.#firstSeen) : written
    const deadline = begun + seconds * 1000
    if (deadline > this.#deps.clock.now()) {
      this.#timer.at(deadline)
      return undefined
    }
    const message = 'Pod was active on the node longer than the specified deadline'
    this.#deps.events.event(pod, 'Normal', 'DeadlineExceeded', message)
    return { phase: 'Failed', reason: 'DeadlineExceeded', message }
  }

  async #ensureSandbox(pod: PodObject): Promise<PodSandbox> {
    const { runtime, nodeName } = this.#deps
    const { sandbox } = this.#containers.observed
    if (sandbox?.state === 'SANDBOX_READY') return sandbox
    const { name = '', namespace = '' } = pod.metadata
    const made = runtime.runPodSandbox({
      metadata: { name, namespace, uid: podUid(pod), attempt: sandbox ? sandbox.metadata.attempt + 1 : 0 },
      hostname: hostname(pod, nodeName),
      logDirectory: this.#directory.logs,
      labels: { ...pod.metadata.labels },
      annotations: {},
      hostNetwork: pod.spec?.hostNetwork === true,
      portMappings: portMappings(pod),
    })
    const id = await made.catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error)
      this.#deps.events.event(pod, 'Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${message}`)
      throw error
    })
    const found = (await this.#containers.observe(pod)).sandboxes.find((item) => item.id === id)
    if (!found) throw new Error('the runtime has lost the sandbox that it made')
    return found
  }

  async #stopSandboxes(): Promise<void> {
    for (const { id, state } of this.#containers.observed.sandboxes) {
      if (state === 'SANDBOX_READY') await this.#deps.runtime.stopPodSandbox(id)
    }
    await this.#containers.observe(this.#pod)
  }

  #publish(end?: PodEnd): void {
    const { runtimeName, nodeIP, clock } = this.#deps
    const { observed, waiting, messages } = this.#containers
    const pod = this.#pod
    // What is over and left nothing on this node has been told by whoever ended it.
    const told = isPodTerminal(pod) && observed.containers.length === 0
    if (this.#gone || told) return
    const status = podStatus({
      pod,
      containers: observed.containers,
      runtimeName,
      waiting,
      messages,
      ready: (name) => this.#containers.isReady(pod, name),
      started: (name) => this.#containers.isStarted(pod, name),
      podIP: observed.sandbox?.ip,
      hostIP: nodeIP,
      sandboxReady: observed.sandbox?.state === 'SANDBOX_READY',
      now: clock.now(),
      startTime: this.#firstSeen,
      end,
    })
    this.#status.publish(status)
  }
}

function hostname(pod: PodObject, nodeName: string): string {
  if (pod.spec?.hostNetwork) return nodeName
  return pod.spec?.hostname || (pod.metadata.name ?? '').slice(0, 63).replace(/[-.]+$/, '')
}

/** A pod of the node's own network has its ports there already. */
function portMappings(pod: PodObject): PortMapping[] {
  if (pod.spec?.hostNetwork) return []
  return allContainers(pod).flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, containerPort, protocol = 'TCP', hostIP = '' }) =>
      hostPort ? [{ protocol, containerPort, hostPort, hostIP }] : [],
    ),
  )
}

/** The kubelet alone removes a pod that had time to end. */
async function deletePod(client: Client, pod: PodObject): Promise<void> {
  const { namespace = '', name = '' } = pod.metadata
  try {
    await client.delete(Pod, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid: podUid(pod) } })
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}

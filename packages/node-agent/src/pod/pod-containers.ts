import { rm } from 'node:fs/promises'
import { formatDuration } from '@wherry/apimachinery'
import type { Clock } from '@wherry/component-base'
import { isRestartableInitContainer } from '@wherry/component-helpers'
import { type KnownHealth, PodProbes } from '../probes/pod-probes.ts'
import type { ContainerRuntime, PodSandbox } from '../runtime/cri.ts'
import type { WaitingReason } from '../status/container-status.ts'
import { attemptsOf } from '../status/pod-status.ts'
import type { PreparedVolume } from '../volumes/volume.ts'
import { Backoff } from './backoff.ts'
import { ContainerKiller } from './container-killer.ts'
import type { ContainerStarter } from './container-starter.ts'
import type { PodFacts } from './field-ref.ts'
import { latestOf, nothingObserved, type ObservedPod, observePod, runningIn } from './observed.ts'
import { type PodPlan, planContainers, restarts } from './plan.ts'
import {
  type ContainerSpec,
  containerNamed,
  defaultGraceSeconds,
  initContainers,
  type PodObject,
  podId,
  podUid,
} from './pod-object.ts'
import { terminationMessage } from './termination-message.ts'

export interface PodContainersDeps {
  runtime: ContainerRuntime
  clock: Clock
  starter: ContainerStarter
  event: (type: 'Normal' | 'Warning', reason: string, message: string, container: string) => void
  /** Something has happened that the pod's worker should look at. */
  changed: () => void
}

export interface AdvanceInput {
  pod: PodObject
  sandbox: PodSandbox
  hostname: string
  facts: PodFacts
  volumes: ReadonlyMap<string, PreparedVolume>
  signal: AbortSignal
}

/** What the runtime says of a container that could not be started. */
const startErrorCode = 128

/** The containers of one pod: what runs, what is known of it, and the steps towards what should run. */
export class PodContainers {
  readonly #deps: PodContainersDeps
  readonly #probes: PodProbes
  readonly #killer: ContainerKiller
  readonly #backoff = new Backoff()
  readonly #waiting = new Map<string, WaitingReason>()
  readonly #messages = new Map<string, string>()
  /** Containers whose postStart hook is through. */
  readonly #hooked = new Set<string>()
  readonly #known = new Map<string, KnownHealth>()
  #observed: ObservedPod = nothingObserved

  constructor(deps: PodContainersDeps) {
    this.#deps = deps
    this.#killer = new ContainerKiller(deps)
    this.#probes = new PodProbes({
      ...deps,
      failed: (container, type, { output }) => {
        const word = `${type.charAt(0).toUpperCase()}${type.slice(1)}`
        deps.event('Warning', 'Unhealthy', `${word} probe failed: ${output}`, container.name)
      },
    })
  }

  get observed(): ObservedPod {
    return this.#observed
  }

  get waiting(): ReadonlyMap<string, WaitingReason> {
    return this.#waiting
  }

  get messages(): ReadonlyMap<string, string> {
    return this.#messages
  }

  /** Asks the runtime, and the containers that have ended for their last words. */
  async observe(pod: PodObject): Promise<ObservedPod> {
    this.#observed = await observePod(this.#deps.runtime, podUid(pod))
    for (const status of this.#observed.containers) {
      if (status.state !== 'CONTAINER_EXITED' || this.#messages.has(status.id)) continue
      this.#messages.set(status.id, await terminationMessage(status))
    }
    return this.#observed
  }

  /** Takes over what an earlier agent has left: its hooks are through, and its health is what the API has of it. */
  takeOver(pod: PodObject): void {
    const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
    for (const { id } of runningIn(this.#observed)) {
      this.#hooked.add(id)
      const status = statuses.find(({ containerID }) => containerID?.endsWith(`//${id}`))
      const yes = (value: boolean | undefined) => (value ? true : undefined)
      if (status) this.#known.set(id, { startup: yes(status.started), readiness: yes(status.ready) })
    }
  }

  isStarted(pod: PodObject, name: string): boolean {
    const latest = latestOf(this.#observed, name)
    if (latest?.state !== 'CONTAINER_RUNNING' || !this.#hooked.has(latest.id)) return false
    return containerNamed(pod, name)?.startupProbe ? this.#probes.result(name, 'startup') === true : true
  }

  isReady(pod: PodObject, name: string): boolean {
    if (!this.isStarted(pod, name)) return false
    return containerNamed(pod, name)?.readinessProbe ? this.#probes.result(name, 'readiness') === true : true
  }

  /** Does what is next. Resolves with the plan and with when to look again at the latest. */
  async advance(input: AdvanceInput): Promise<{ plan: PodPlan; lookAgainAt: number }> {
    const { clock } = this.#deps
    const { pod } = input
    const plan = planContainers({
      pod,
      containers: this.#observed.containers,
      started: (name) => this.isStarted(pod, name),
      unhealthy: (name, id) => this.#probes.unhealthy(name, id),
      backoffLeft: (name, finishedAt) => this.#backoff.remaining(name, finishedAt, clock.now()),
    })
    this.#forgetWaiting(plan)
    for (const kill of plan.kill) if (!this.#killer.isEnding(kill.id)) this.#killForRestart(input, kill)
    for (const { container } of plan.backOff) this.#tellBackOff(pod, container)
    let lookAgainAt = clock.now() + Math.min(Infinity, ...plan.backOff.map(({ leftMs }) => leftMs))
    for (const { container, attempt, replaces } of plan.start) {
      if (input.signal.aborted) break
      const retryMs = await this.#start(input, container, attempt, replaces)
      lookAgainAt = Math.min(lookAgainAt, clock.now() + retryMs)
    }
    await this.observe(pod)
    for (const status of runningIn(this.#observed)) {
      const container = containerNamed(pod, status.metadata.name)
      if (!container || !this.#hooked.has(status.id) || this.#killer.isEnding(status.id)) continue
      this.#probes.follow(container, status.id, input.sandbox.ip, this.#known.get(status.id))
    }
    return { plan, lookAgainAt }
  }

  /**
   * Ends everything, sidecars after the others and one after the other. Does not wait: call it again whenever a
   * container has ended. Whether nothing runs any more.
   */
  stop(pod: PodObject, seconds: number, podIP: string): boolean {
    const running = runningIn(this.#observed)
    const sidecars = initContainers(pod).filter(isRestartableInitContainer)
    const isSidecar = (name: string) => sidecars.some((container) => container.name === name)
    const others = running.filter(({ metadata }) => !isSidecar(metadata.name))
    const lastSidecar = sidecars.toReversed().find(({ name }) => running.some(({ metadata }) => metadata.name === name))
    const next = others.length > 0 ? others : running.filter(({ metadata }) => metadata.name === lastSidecar?.name)
    // There is no time for one after the other in a second.
    for (const { id, metadata } of seconds > 1 ? next : running) {
      const container = containerNamed(pod, metadata.name) ?? { name: metadata.name }
      this.#killer.kill({ container, id, graceSeconds: seconds, podIP })
    }
    if (running.length === 0) this.#waiting.clear()
    return running.length === 0
  }

  /** A pod that is being ended is still asked whether it is ready, but no longer restarted. */
  stopHealthChecks(all = true): void {
    this.#probes.stop(all ? {} : { types: ['startup', 'liveness'] })
  }

  async #start(input: AdvanceInput, container: ContainerSpec, attempt: number, replaces?: string): Promise<number> {
    const { runtime, starter } = this.#deps
    const { name } = container
    if (replaces !== undefined) await runtime.removeContainer(replaces)
    const previous = latestOf(this.#observed, name)
    if (previous?.state === 'CONTAINER_EXITED') this.#probes.stop({ container: name })
    const outcome = await starter.start({ ...input, container, attempt })
    if ('reason' in outcome) {
      const isAttempt = outcome.reason === 'RunContainerError'
      if (isAttempt) this.#countAttempt(name, previous?.finishedAt)
      // An attempt that was the last speaks for itself.
      if (isAttempt && !restarts(input.pod, container, startErrorCode)) this.#waiting.delete(name)
      else this.#waiting.set(name, { reason: outcome.reason, message: outcome.message })
      return outcome.retryMs
    }
    this.#countAttempt(name, previous?.finishedAt)
    this.#waiting.delete(name)
    this.#hooked.add(outcome.id)
    if (outcome.hookFailed !== undefined) {
      this.#hooked.delete(outcome.id)
      const graceSeconds = input.pod.spec?.terminationGracePeriodSeconds ?? defaultGraceSeconds
      const message = 'FailedPostStartHook'
      this.#killer.kill({ container, id: outcome.id, graceSeconds, podIP: input.sandbox.ip, message })
    }
    await this.#removeOldAttempts(name)
    return Infinity
  }

  #countAttempt(name: string, finishedAt: number | undefined): void {
    if (finishedAt !== undefined) this.#backoff.next(name, finishedAt, this.#deps.clock.now())
  }

  #killForRestart({ pod, sandbox }: AdvanceInput, { container, id, why, restart }: PodPlan['kill'][number]): void {
    const probe = why === 'startup' ? container.startupProbe : why === 'liveness' ? container.livenessProbe : undefined
    const graceSeconds =
      probe?.terminationGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? defaultGraceSeconds
    const what = why === 'changed' ? 'definition changed' : `failed ${why} probe`
    const message = `Container ${container.name} ${what}${restart ? ', will be restarted' : ''}`
    this.#killer.kill({ container, id, graceSeconds, podIP: sandbox.ip, message })
  }

  #tellBackOff(pod: PodObject, { name }: ContainerSpec): void {
    if (this.#waiting.get(name)?.reason !== 'CrashLoopBackOff') {
      this.#deps.event('Warning', 'BackOff', `Back-off restarting failed container ${name} in pod ${podId(pod)}`, name)
    }
    const delay = formatDuration(this.#backoff.delay(name))
    const message = `back-off ${delay} restarting failed container=${name} pod=${podId(pod)}`
    this.#waiting.set(name, { reason: 'CrashLoopBackOff', message })
  }

  /** What neither waits nor is about to be started says for itself how it is. */
  #forgetWaiting(plan: PodPlan): void {
    const wanted = new Set([...plan.start, ...plan.backOff].map(({ container }) => container.name))
    for (const name of this.#waiting.keys()) if (!wanted.has(name)) this.#waiting.delete(name)
  }

  /** As the kubelet, the last attempt before the current one stays, for `logs --previous`. */
  async #removeOldAttempts(name: string): Promise<void> {
    for (const old of attemptsOf(this.#observed.containers, name).slice(1)) {
      await this.#deps.runtime.removeContainer(old.id)
      this.#messages.delete(old.id)
      this.#hooked.delete(old.id)
      for (const suffix of ['', '.1', '.2', '.3', '.4']) await rm(`${old.logPath}${suffix}`, { force: true })
    }
  }
}

import { isRestartableInitContainer } from '@wherry/component-helpers'
import type { ContainerStatus } from '../runtime/cri.ts'
import { attemptsOf } from '../status/pod-status.ts'
import {
  type ContainerSpec,
  ephemeralContainers,
  initContainers,
  type PodObject,
  regularContainers,
} from './pod-object.ts'

export interface PlanInput {
  pod: PodObject
  /** Every container of the pod that the runtime knows. */
  containers: readonly ContainerStatus[]
  /** Has started: its postStart hook is through, and its startup probe. */
  started: (name: string) => boolean
  /** The probe for whose failure a running container is to be ended. */
  unhealthy: (name: string, id: string) => 'startup' | 'liveness' | undefined
  /** How much longer a container that ended may not be started again. */
  backoffLeft: (name: string, finishedAt: number) => number
}

/** The probe that failed, or that the container's image is another one now. */
export type KillReason = 'startup' | 'liveness' | 'changed'

export interface PodPlan {
  /** In this order; `replaces` is a container that was made but never ran. */
  start: { container: ContainerSpec; attempt: number; replaces?: string }[]
  kill: { container: ContainerSpec; id: string; why: KillReason; restart: boolean }[]
  /** Wait for their back-off to end. */
  backOff: { container: ContainerSpec; leftMs: number }[]
  /** Every container has come to its end for good: the pod is over, but for its sidecars. */
  over: boolean
}

/** What to do next about a pod's containers. Pure. As the kubelet's computePodActions. */
export function planContainers(input: PlanInput): PodPlan {
  const { pod, containers } = input
  const plan: PodPlan = { start: [], kill: [], backOff: [], over: false }
  const latestOf = (name: string) => attemptsOf(containers, name)[0]
  const ends = regularContainers(pod).map((container) => hasEnded(pod, container, latestOf(container.name)))
  const initFailed = initContainers(pod).some(
    (container) => !isRestartableInitContainer(container) && hasFailedForGood(pod, container, latestOf(container.name)),
  )
  const initialized = regularContainers(pod).some(({ name }) => latestOf(name)?.startedAt)
  if (initFailed && !initialized) return { ...plan, over: true }
  if (ends.length > 0 && ends.every(Boolean)) return { ...plan, over: true }
  if (planInit(input, plan, initialized)) {
    for (const container of regularContainers(pod)) consider(input, plan, container)
  }
  for (const container of ephemeralContainers(pod)) {
    if (!latestOf(container.name)) plan.start.push({ container, attempt: 0 })
  }
  return plan
}

/** Whether the regular containers may start. */
function planInit(input: PlanInput, plan: PodPlan, initialized: boolean): boolean {
  for (const container of initContainers(input.pod)) {
    const latest = attemptsOf(input.containers, container.name)[0]
    if (isRestartableInitContainer(container)) {
      consider(input, plan, container)
      if (!initialized && !(latest?.state === 'CONTAINER_RUNNING' && input.started(container.name))) return false
    } else if (!initialized && !(latest?.state === 'CONTAINER_EXITED' && latest.exitCode === 0)) {
      consider(input, plan, container)
      return false
    }
  }
  return true
}

function consider(input: PlanInput, plan: PodPlan, container: ContainerSpec): void {
  const latest = attemptsOf(input.containers, container.name)[0]
  if (!latest) {
    plan.start.push({ container, attempt: 0 })
    return
  }
  if (latest.state === 'CONTAINER_CREATED') {
    plan.start.push({ container, attempt: latest.metadata.attempt, replaces: latest.id })
    return
  }
  if (latest.state === 'CONTAINER_RUNNING') {
    const why = isChanged(container, latest) ? 'changed' : input.unhealthy(container.name, latest.id)
    const restart = why === 'changed' || restarts(input.pod, container, 1)
    if (why) plan.kill.push({ container, id: latest.id, why, restart })
    return
  }
  if (hasEnded(input.pod, container, latest)) return
  const leftMs = isChanged(container, latest) ? 0 : input.backoffLeft(container.name, latest.finishedAt)
  if (leftMs > 0) plan.backOff.push({ container, leftMs })
  else plan.start.push({ container, attempt: latest.metadata.attempt + 1 })
}

function hasEnded(pod: PodObject, container: ContainerSpec, latest: ContainerStatus | undefined): boolean {
  if (latest?.state !== 'CONTAINER_EXITED') return false
  return !restarts(pod, container, latest.exitCode) && !isChanged(container, latest)
}

/** The image is what may be changed of a container that runs. What has changed is run, whatever the restart policy. */
function isChanged(container: ContainerSpec, latest: ContainerStatus): boolean {
  return latest.image !== (container.image ?? '')
}

function hasFailedForGood(pod: PodObject, container: ContainerSpec, latest: ContainerStatus | undefined): boolean {
  return latest?.exitCode !== 0 && hasEnded(pod, container, latest)
}

/**
 * Whether a container that ended with this code is started again: by the first of its own rules that matches, by its own
 * policy, by the pod's. An init container that succeeded has done its work whatever the pod's policy is.
 */
export function restarts(pod: PodObject, container: ContainerSpec, exitCode: number): boolean {
  for (const { action, exitCodes } of container.restartPolicyRules ?? []) {
    const listed = exitCodes?.values?.includes(exitCode) ?? false
    if (action === 'Restart' && exitCodes && (exitCodes.operator === 'In' ? listed : !listed)) return true
  }
  const isPlainInit = initContainers(pod).includes(container) && !isRestartableInitContainer(container)
  const policy = container.restartPolicy ?? pod.spec?.restartPolicy ?? 'Always'
  if (policy === 'Never') return false
  return exitCode !== 0 || (policy === 'Always' && !isPlainInit)
}

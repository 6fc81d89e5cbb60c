import type { ContainerState, ContainerStatus } from '@wherry/api'
import { type DeepReadonly, deepClone, formatTime } from '@wherry/apimachinery'
import { isRestartableInitContainer } from '@wherry/component-helpers'
import type { ContainerSpec } from '../pod/pod-object.ts'
import type { ContainerStatus as RuntimeStatus } from '../runtime/cri.ts'

/** Why a container that ought to run does not. */
export interface WaitingReason {
  reason: string
  message: string
}

export interface ContainerStatusInput {
  container: ContainerSpec
  /** The container's attempts that the runtime knows, newest first. */
  attempts: readonly RuntimeStatus[]
  /** What the API has: all that is left of a container that the runtime has forgotten. */
  old: DeepReadonly<ContainerStatus> | undefined
  runtimeName: string
  waiting: WaitingReason | undefined
  /** What a container waits for that has not run yet: ContainerCreating or PodInitializing. */
  initialReason: string
  isInit: boolean
  ready: boolean
  started: boolean
  /** What the container left as its termination message, by container id. */
  messages: ReadonlyMap<string, string>
  /** The pod is over: a container that never ran is not waited for. */
  terminal: boolean
}

/** As the kubelet's convertToAPIContainerStatuses. */
export function apiContainerStatus(input: ContainerStatusInput): ContainerStatus {
  const { container, old, runtimeName, waiting, isInit } = input
  const attempts = input.attempts.filter(({ state }) => state !== 'CONTAINER_CREATED')
  const [latest, previous] = attempts
  const running = latest?.state === 'CONTAINER_RUNNING'
  const isWaiting = waiting !== undefined && !running && !input.terminal
  const state = isWaiting ? { waiting: withoutEmpty(waiting) } : stateOf(input, latest)
  const last = isWaiting ? latest : previous
  const completed = isInit && !isRestartableInitContainer(container) && state.terminated?.exitCode === 0
  const result: ContainerStatus = {
    name: container.name,
    state,
    lastState:
      last?.state === 'CONTAINER_EXITED'
        ? ended(input, last)
        : latest || !old?.lastState
          ? {}
          : deepClone(old.lastState),
    ready: completed || (running && input.ready),
    restartCount: latest?.metadata.attempt ?? old?.restartCount ?? 0,
    image: container.image ?? '',
    imageID: latest?.imageRef ?? old?.imageID ?? '',
    started: running && input.started,
  }
  if (latest) result.containerID = `${runtimeName}://${latest.id}`
  else if (old?.containerID) result.containerID = old.containerID
  const { resources, volumeMounts } = container
  if (resources && Object.keys(resources).length > 0) {
    result.resources = deepClone(resources)
    if (resources.requests) result.allocatedResources = { ...resources.requests }
  }
  if (volumeMounts) {
    result.volumeMounts = volumeMounts.map(({ name, mountPath, readOnly }) => ({
      name,
      mountPath,
      ...(readOnly ? { readOnly: true, recursiveReadOnly: 'Disabled' } : {}),
    }))
  }
  return result
}

function stateOf(input: ContainerStatusInput, latest: RuntimeStatus | undefined): ContainerState {
  if (latest?.state === 'CONTAINER_RUNNING') return { running: { startedAt: formatTime(latest.startedAt) } }
  if (latest) return ended(input, latest)
  if (input.old?.state?.terminated) return { terminated: { ...input.old.state.terminated } }
  if (!input.terminal) return { waiting: { reason: input.initialReason } }
  // As the kubelet's status manager, when the pod ends before the container was found.
  const message = 'The container could not be located when the pod was terminated'
  return { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown', message } }
}

function ended({ runtimeName, messages }: ContainerStatusInput, status: RuntimeStatus): ContainerState {
  const message = messages.get(status.id) || status.message
  return {
    terminated: {
      exitCode: status.exitCode,
      reason: status.reason || (status.exitCode === 0 ? 'Completed' : 'Error'),
      ...(message ? { message } : {}),
      startedAt: formatTime(status.startedAt),
      finishedAt: formatTime(status.finishedAt),
      containerID: `${runtimeName}://${status.id}`,
    },
  }
}

function withoutEmpty({ reason, message }: WaitingReason): { reason: string; message?: string } {
  return message ? { reason, message } : { reason }
}

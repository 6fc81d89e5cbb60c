import type { Container, ContainerState, ContainerStatus, Pod, PodCondition, PodStatus } from '@wherry/api'
import { formatTime } from '@wherry/apimachinery'
import type { ContainerStatus as RuntimeStatus } from '../runtime/cri.ts'

/** Why a container that ought to run does not. */
export interface WaitingReason {
  reason: string
  message: string
}

export interface StatusInput {
  pod: Pod
  /** Every container of the pod that the runtime knows, dead ones too. */
  runtime: readonly RuntimeStatus[]
  runtimeName: string
  waiting: ReadonlyMap<string, WaitingReason>
  /** Container name → readiness; absent: no probe, or none has succeeded yet where one exists. */
  ready: (name: string) => boolean
  started: (name: string) => boolean
  podIP: string | undefined
  hostIP: string
  sandboxReady: boolean
  now: number
  startTime: number
  /** Set once a pod was ended by the agent: its final phase and words. */
  terminal?: { phase: string; reason?: string; message?: string } | undefined
}

export function allInitContainers(pod: Pod): Container[] {
  return pod.spec?.initContainers ?? []
}

export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always'
}

/** Attempts of one container, newest first. */
export function attemptsOf(runtime: readonly RuntimeStatus[], name: string): RuntimeStatus[] {
  return runtime.filter((item) => item.metadata.name === name).sort((a, b) => b.metadata.attempt - a.metadata.attempt)
}

/** A pod's QoS class, as upstream's ComputePodQOS. */
export function qosClass(pod: Pod): string {
  const containers = [...(pod.spec?.containers ?? []), ...allInitContainers(pod)]
  let any = false
  let guaranteed = true
  for (const { resources } of containers) {
    for (const name of ['cpu', 'memory']) {
      const limit = resources?.limits?.[name]
      const request = resources?.requests?.[name]
      if (limit !== undefined || request !== undefined) any = true
      if (limit === undefined || (request !== undefined && request !== limit)) guaranteed = false
    }
  }
  return any ? (guaranteed ? 'Guaranteed' : 'Burstable') : 'BestEffort'
}

/** The status as the kubelet would write it. */
export function podStatus(input: StatusInput): PodStatus {
  const { pod } = input
  const old = pod.status
  const init = allInitContainers(pod)
  const main = pod.spec?.containers ?? []
  const initStatuses = init.map((container) => containerStatus(input, container, true))
  const statuses = main.map((container) => containerStatus(input, container, false))
  const phase = input.terminal?.phase ?? podPhase(pod, initStatuses, statuses)
  const status: PodStatus = {
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    phase,
    conditions: conditions(input, phase, initStatuses, statuses),
    hostIP: input.hostIP,
    hostIPs: [{ ip: input.hostIP }],
    ...(input.podIP ? { podIP: input.podIP, podIPs: [{ ip: input.podIP }] } : {}),
    startTime: old?.startTime ?? formatTime(input.startTime),
    ...(init.length > 0 ? { initContainerStatuses: initStatuses } : {}),
    containerStatuses: statuses,
    qosClass: old?.qosClass ?? qosClass(pod),
  }
  const reason = input.terminal?.reason ?? old?.reason
  const message = input.terminal?.message ?? old?.message
  if (reason) status.reason = reason
  if (message) status.message = message
  if (old?.nominatedNodeName) status.nominatedNodeName = old.nominatedNodeName
  if (old?.ephemeralContainerStatuses) status.ephemeralContainerStatuses = old.ephemeralContainerStatuses
  if (old?.resourceClaimStatuses) status.resourceClaimStatuses = old.resourceClaimStatuses
  return status
}

function stateOf(status: RuntimeStatus, runtimeName: string): ContainerState {
  if (status.state === 'CONTAINER_RUNNING') return { running: { startedAt: formatTime(status.startedAt) } }
  return {
    terminated: {
      exitCode: status.exitCode,
      reason: status.reason || (status.exitCode === 0 ? 'Completed' : 'Error'),
      ...(status.message ? { message: status.message } : {}),
      ...(status.startedAt > 0 ? { startedAt: formatTime(status.startedAt) } : {}),
      finishedAt: formatTime(status.finishedAt),
      containerID: `${runtimeName}://${status.id}`,
    },
  }
}

function containerStatus(input: StatusInput, container: Container, isInit: boolean): ContainerStatus {
  const [latest, previous] = attemptsOf(input.runtime, container.name).filter(
    (item) => item.state !== 'CONTAINER_CREATED',
  )
  const waiting = input.waiting.get(container.name)
  const old = [...(input.pod.status?.initContainerStatuses ?? []), ...(input.pod.status?.containerStatuses ?? [])].find(
    (item) => item.name === container.name,
  )
  const running = latest?.state === 'CONTAINER_RUNNING'
  const state: ContainerState =
    waiting && !running
      ? { waiting: { reason: waiting.reason, ...(waiting.message ? { message: waiting.message } : {}) } }
      : latest
        ? stateOf(latest, input.runtimeName)
        : old?.state?.terminated
          ? old.state
          : { waiting: { reason: allInitContainers(input.pod).length > 0 ? 'PodInitializing' : 'ContainerCreating' } }
  const last = waiting && !running ? latest : previous
  const completed = isInit && !isSidecar(container) && state.terminated?.exitCode === 0
  const result: ContainerStatus = {
    name: container.name,
    state,
    lastState: last && last.state === 'CONTAINER_EXITED' ? stateOf(last, input.runtimeName) : {},
    ready: completed || (running && input.ready(container.name)),
    restartCount: latest?.metadata.attempt ?? old?.restartCount ?? 0,
    image: container.image ?? '',
    imageID: latest?.imageRef ?? '',
    started: running && input.started(container.name),
  }
  if (latest) result.containerID = `${input.runtimeName}://${latest.id}`
  if (container.resources && Object.keys(container.resources).length > 0) {
    result.resources = container.resources
    if (container.resources.requests) result.allocatedResources = container.resources.requests
  }
  if (container.volumeMounts) {
    result.volumeMounts = container.volumeMounts.map((mount) => ({
      name: mount.name,
      mountPath: mount.mountPath,
      ...(mount.readOnly ? { readOnly: true, recursiveReadOnly: 'Disabled' } : {}),
    }))
  }
  return result
}

/** As the kubelet's getPhase. */
export function podPhase(pod: Pod, init: readonly ContainerStatus[], main: readonly ContainerStatus[]): string {
  const policy = pod.spec?.restartPolicy ?? 'Always'
  const specs = allInitContainers(pod)
  let pendingInit = 0
  let failedInit = 0
  for (const [index, status] of init.entries()) {
    const spec = specs[index]
    if (spec && isSidecar(spec)) {
      if (!status.started && !status.state?.terminated && !status.lastState?.terminated) pendingInit++
    } else if (status.state?.terminated) {
      if (status.state.terminated.exitCode !== 0) failedInit++
    } else if (status.state?.waiting && status.lastState?.terminated && status.lastState.terminated.exitCode !== 0) {
      failedInit++
    } else pendingInit++
  }
  const waiting = main.filter((item) => item.state?.waiting && !item.lastState?.terminated).length
  const running = main.filter((item) => item.state?.running).length
  const stopped = main.filter((item) => item.state?.terminated || (item.state?.waiting && item.lastState?.terminated))
  if (failedInit > 0 && policy === 'Never') return 'Failed'
  if ((pendingInit > 0 || failedInit > 0) && running === 0 && stopped.length === 0) return 'Pending'
  if (waiting > 0) return 'Pending'
  if (running > 0) return 'Running'
  if (stopped.length > 0) {
    if (policy === 'Always') return 'Running'
    const ended = stopped.filter((item) => item.state?.terminated)
    if (ended.length === stopped.length && ended.every((item) => item.state?.terminated?.exitCode === 0))
      return 'Succeeded'
    if (policy === 'Never') return 'Failed'
    return 'Running'
  }
  return 'Pending'
}

function conditions(
  input: StatusInput,
  phase: string,
  init: readonly ContainerStatus[],
  main: readonly ContainerStatus[],
): PodCondition[] {
  const { pod } = input
  const old = pod.status?.conditions ?? []
  const now = formatTime(input.now)
  const specs = allInitContainers(pod)
  const set = (type: string, status: boolean, reason?: string, message?: string): PodCondition => {
    const before = old.find((item) => item.type === type)
    const value = status ? 'True' : 'False'
    return {
      type,
      ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
      status: value,
      lastProbeTime: null,
      lastTransitionTime: before?.status === value ? (before.lastTransitionTime ?? now) : now,
      ...(reason ? { reason } : {}),
      ...(message ? { message } : {}),
    } as PodCondition
  }
  const incomplete = init.filter((status, index) => {
    const spec = specs[index]
    return spec && isSidecar(spec) ? !status.started && phase !== 'Succeeded' : !status.ready
  })
  const done = phase === 'Succeeded'
  const sidecars = init.filter((_, index) => specs[index] && isSidecar(specs[index]))
  const unready = [...sidecars, ...main].filter((status) => !status.ready).map(({ name }) => name)
  const initialized =
    incomplete.length === 0 || done
      ? set('Initialized', true, done ? 'PodCompleted' : undefined)
      : set(
          'Initialized',
          false,
          'ContainersNotInitialized',
          `containers with incomplete status: [${incomplete.map(({ name }) => name).join(' ')}]`,
        )
  const failed = phase === 'Failed'
  const containersReady = (type: string): PodCondition => {
    if (done) return set(type, false, 'PodCompleted')
    if (failed) return set(type, false, 'PodFailed')
    if (unready.length > 0)
      return set(type, false, 'ContainersNotReady', `containers with unready status: [${unready.join(' ')}]`)
    return set(type, true)
  }
  const gates = pod.spec?.readinessGates ?? []
  const closed = gates.filter((gate) => old.find(({ type }) => type === gate.conditionType)?.status !== 'True')
  const allReady = containersReady('ContainersReady')
  const ready =
    allReady.status === 'True' && closed.length > 0
      ? set(
          'Ready',
          false,
          'ReadinessGatesNotReady',
          closed
            .map(
              (gate) =>
                `the status of pod readiness gate "${gate.conditionType}" is not "True", but ${old.find(({ type }) => type === gate.conditionType)?.status ?? 'Unknown'}`,
            )
            .join(', '),
        )
      : containersReady('Ready')
  const own = [set('PodReadyToStartContainers', input.sandboxReady), initialized, ready, allReady]
  const scheduled = old.find(({ type }) => type === 'PodScheduled') ?? set('PodScheduled', true)
  const names = new Set([...own.map(({ type }) => type), 'PodScheduled'])
  return [...own, scheduled, ...old.filter(({ type }) => !names.has(type))]
}

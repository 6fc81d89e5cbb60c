import type { ContainerStatus, PodStatus } from '@wherry/api'
import { type DeepReadonly, formatTime } from '@wherry/apimachinery'
import { isRestartableInitContainer, qosClass } from '@wherry/component-helpers'
import {
  type ContainerSpec,
  ephemeralContainers,
  initContainers,
  type PodObject,
  regularContainers,
} from '../pod/pod-object.ts'
import type { ContainerStatus as RuntimeStatus } from '../runtime/cri.ts'
import { podConditions } from './conditions.ts'
import { apiContainerStatus, type WaitingReason } from './container-status.ts'
import { podPhase } from './phase.ts'

/** The pod's end, where the agent decides it: its phase and its words. Without a phase the containers' ends decide. */
export interface PodEnd {
  phase?: 'Succeeded' | 'Failed'
  reason?: string
  message?: string
  /** The node never took the pod: nothing is said of its containers. */
  rejected?: true
}

export interface PodStatusInput {
  /** With the status that the API has. */
  pod: PodObject
  /** Every container of the pod that the runtime knows, dead ones too. */
  containers: readonly RuntimeStatus[]
  runtimeName: string
  waiting: ReadonlyMap<string, WaitingReason>
  messages: ReadonlyMap<string, string>
  ready: (name: string) => boolean
  started: (name: string) => boolean
  podIP: string | undefined
  hostIP: string
  sandboxReady: boolean
  now: number
  /** When this node saw the pod first. */
  startTime: number
  end: PodEnd | undefined
}

/** Attempts of one container, newest first. */
export function attemptsOf(containers: readonly RuntimeStatus[], name: string): RuntimeStatus[] {
  const own = containers.filter(({ metadata }) => metadata.name === name)
  return own.sort((a, b) => b.metadata.attempt - a.metadata.attempt || b.createdAt - a.createdAt)
}

/** The status as the kubelet would write it; only members and conditions that are the kubelet's. Pure. */
export function podStatus(input: PodStatusInput): PodStatus {
  const { pod, end } = input
  if (end?.rejected) return rejectedStatus(pod, end)
  const old = pod.status
  const hasInit = initContainers(pod).some((container) => !isRestartableInitContainer(container))
  const initialReason = initContainers(pod).length > 0 ? 'PodInitializing' : 'ContainerCreating'
  const convert =
    (isInit: boolean, known: readonly DeepReadonly<ContainerStatus>[] | undefined) => (container: ContainerSpec) =>
      apiContainerStatus({
        container,
        attempts: attemptsOf(input.containers, container.name),
        old: known?.find(({ name }) => name === container.name),
        runtimeName: input.runtimeName,
        waiting: input.waiting.get(container.name),
        initialReason,
        isInit,
        ready: input.ready(container.name),
        started: input.started(container.name),
        messages: input.messages,
        // Init containers after one that failed were never to run.
        terminal: end !== undefined && !(isInit && hasInit),
      })
  const init = initContainers(pod).map(convert(true, old?.initContainerStatuses))
  const regular = regularContainers(pod).map(convert(false, old?.containerStatuses))
  const ephemeral = ephemeralContainers(pod).map(convert(false, old?.ephemeralContainerStatuses))
  const statuses = [...init, ...regular]
  const initialized = regular.some(
    ({ state, lastState }) => state?.running || state?.terminated || lastState?.terminated,
  )
  const phase =
    finalPhase(old?.phase) ?? end?.phase ?? podPhase({ pod, statuses, terminal: end !== undefined, initialized })
  const { now, sandboxReady } = input
  const reason = end?.reason ?? old?.reason
  const message = end?.message ?? old?.message
  return {
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    phase,
    conditions: podConditions({ pod, phase, statuses, sandboxReady, now }),
    ...(reason ? { reason } : {}),
    ...(message ? { message } : {}),
    hostIP: input.hostIP,
    hostIPs: [{ ip: input.hostIP }],
    ...addresses(input.podIP ?? old?.podIP),
    startTime: old?.startTime ?? formatTime(input.startTime),
    ...(init.length > 0 ? { initContainerStatuses: init } : {}),
    containerStatuses: regular,
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral } : {}),
    qosClass: old?.qosClass ?? qosClass(pod),
  }
}

/** As the kubelet's rejectPod. */
function rejectedStatus(pod: PodObject, { reason, message }: PodEnd): PodStatus {
  return {
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    phase: 'Failed',
    ...(reason ? { reason } : {}),
    ...(message ? { message } : {}),
    qosClass: pod.status?.qosClass ?? qosClass(pod),
  }
}

/** A pod that has come to its end stays there. */
function finalPhase(phase: string | undefined): string | undefined {
  return phase === 'Succeeded' || phase === 'Failed' ? phase : undefined
}

function addresses(podIP: string | undefined) {
  return podIP ? { podIP, podIPs: [{ ip: podIP }] } : {}
}

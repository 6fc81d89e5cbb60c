import type { ContainerStatus, PodCondition } from '@wherry/api'
import { type DeepReadonly, formatTime } from '@wherry/apimachinery'
import { isRestartableInitContainer } from '@wherry/component-helpers'
import { initContainers, type PodObject, regularContainers } from '../pod/pod-object.ts'

export interface ConditionsInput {
  pod: PodObject
  phase: string
  statuses: readonly ContainerStatus[]
  sandboxReady: boolean
  now: number
}

type Verdict = Pick<PodCondition, 'status' | 'reason' | 'message'>

/** The conditions that the kubelet owns, in its order. Those of others are left to them. */
export function podConditions(input: ConditionsInput): PodCondition[] {
  const { pod, sandboxReady } = input
  const containersReady = containersReadyVerdict(input)
  return [
    condition(input, 'PodReadyToStartContainers', { status: sandboxReady ? 'True' : 'False' }),
    condition(input, 'Initialized', initializedVerdict(input)),
    condition(input, 'Ready', readyVerdict(pod, containersReady)),
    condition(input, 'ContainersReady', containersReady),
    condition(input, 'PodScheduled', { status: 'True' }),
  ]
}

/** Keeps the time of the last change while the status stays. */
function condition({ pod, now }: ConditionsInput, type: string, verdict: Verdict): PodCondition {
  const before = pod.status?.conditions?.find((item) => item.type === type)
  const since = before?.status === verdict.status ? before.lastTransitionTime : undefined
  return {
    type,
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    status: verdict.status,
    lastTransitionTime: since ?? formatTime(now),
    ...(verdict.reason ? { reason: verdict.reason } : {}),
    ...(verdict.message ? { message: verdict.message } : {}),
  }
}

/** As upstream's GenerateContainersReadyCondition (pkg/kubelet/status/generate.go). */
function containersReadyVerdict({ pod, phase, statuses }: ConditionsInput): Verdict {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' }
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' }
  const counted = [...initContainers(pod).filter(isRestartableInitContainer), ...regularContainers(pod)]
  const unready = counted.filter(({ name }) => !statuses.find((status) => status.name === name)?.ready)
  if (unready.length === 0) return { status: 'True' }
  const names = unready.map(({ name }) => name).join(' ')
  return { status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: [${names}]` }
}

/** As upstream's GeneratePodReadyCondition: readiness gates count once the containers are ready. */
function readyVerdict(pod: PodObject, containersReady: Verdict): Verdict {
  if (containersReady.status !== 'True') return containersReady
  const problems = (pod.spec?.readinessGates ?? []).flatMap(({ conditionType }) => {
    const gate = pod.status?.conditions?.find(({ type }) => type === conditionType)
    if (!gate) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`]
    if (gate.status === 'True') return []
    return [`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`]
  })
  if (problems.length === 0) return { status: 'True' }
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: problems.join(', ') }
}

/** As upstream's GeneratePodInitializedCondition. */
function initializedVerdict({ pod, phase, statuses }: ConditionsInput): Verdict {
  if (phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' }
  const statusOf = (name: string) => statuses.find((status) => status.name === name)
  if (regularContainers(pod).some(({ name }) => hasRun(statusOf(name)))) return { status: 'True' }
  const incomplete = initContainers(pod).filter((container) => {
    const status = statusOf(container.name)
    return isRestartableInitContainer(container) ? !status?.started : !status?.ready
  })
  if (incomplete.length === 0) return { status: 'True' }
  const names = incomplete.map(({ name }) => name).join(' ')
  return {
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${names}]`,
  }
}

export function hasRun(status: DeepReadonly<ContainerStatus> | undefined): boolean {
  const { running, terminated } = status?.state ?? {}
  return running !== undefined || terminated !== undefined || status?.lastState?.terminated !== undefined
}

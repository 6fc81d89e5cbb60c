import type { ContainerStatus, Pod } from '@wherry/api'
import { type DeepReadonly, parseTime } from '@wherry/apimachinery'
import { isPodReady, isPodTerminal, isRestartableInitContainer, podCondition } from '@wherry/component-helpers'
import type { Column } from '../../../registry/resource.ts'
import { ageColumn, nameColumn, none, since } from '../../columns.ts'

interface Summary {
  ready: number
  total: number
  reason: string
  restarts: number
  /** When a container last ended and was started again. */
  lastRestart: string | undefined
}

/** kubectl's columns of pods. As `printPod` of pkg/printers/internalversion. */
export const podColumns: readonly Column<Pod>[] = [
  nameColumn(),
  {
    name: 'Ready',
    type: 'string',
    value: (pod) => {
      const { ready, total } = summarize(pod)
      return `${ready}/${total}`
    },
  },
  { name: 'Status', type: 'string', value: (pod) => summarize(pod).reason },
  {
    name: 'Restarts',
    type: 'string',
    value: (pod, now) => {
      const { restarts, lastRestart } = summarize(pod)
      return restarts !== 0 && lastRestart ? `${restarts} (${since(lastRestart, now)} ago)` : `${restarts}`
    },
  },
  ageColumn(),
  { name: 'IP', type: 'string', priority: 1, value: (pod) => pod.status?.podIPs?.[0]?.ip || pod.status?.podIP || none },
  { name: 'Node', type: 'string', priority: 1, value: (pod) => pod.spec?.nodeName || none },
  { name: 'Nominated Node', type: 'string', priority: 1, value: (pod) => pod.status?.nominatedNodeName || none },
  {
    name: 'Readiness Gates',
    type: 'string',
    priority: 1,
    value: (pod) => {
      const gates = pod.spec?.readinessGates ?? []
      if (gates.length === 0) return none
      const passed = gates.filter((gate) => podCondition(pod, gate.conditionType)?.status === 'True')
      return `${passed.length}/${gates.length}`
    },
  },
]

function summarize(pod: DeepReadonly<Pod>): Summary {
  const init = summarizeInit(pod)
  const summary: Summary = {
    ready: init.ready,
    total: (pod.spec?.containers.length ?? 0) + sidecarNames(pod).size,
    reason: init.reason ?? initialReason(pod),
    restarts: init.restarts,
    lastRestart: init.lastRestart,
  }
  if (init.reason === undefined || podCondition(pod, 'Initialized')?.status === 'True') {
    summary.restarts = init.sidecarRestarts
    summary.lastRestart = init.lastSidecarRestart
    addContainers(summary, pod)
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    if (pod.status?.reason === 'NodeLost') summary.reason = 'Unknown'
    else if (!isPodTerminal(pod)) summary.reason = 'Terminating'
  }
  return summary
}

function initialReason(pod: DeepReadonly<Pod>): string {
  const gated = pod.status?.conditions?.some((c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated')
  return gated ? 'SchedulingGated' : pod.status?.reason || pod.status?.phase || ''
}

function sidecarNames(pod: DeepReadonly<Pod>): Set<string> {
  return new Set((pod.spec?.initContainers ?? []).filter(isRestartableInitContainer).map((c) => c.name))
}

/** What the init containers say; `reason` is undefined when all of them are done. */
function summarizeInit(pod: DeepReadonly<Pod>) {
  const sidecars = sidecarNames(pod)
  const result = {
    ready: 0,
    reason: undefined as string | undefined,
    restarts: 0,
    lastRestart: undefined as string | undefined,
    sidecarRestarts: 0,
    lastSidecarRestart: undefined as string | undefined,
  }
  for (const [i, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const restartedAt = status.lastState?.terminated?.finishedAt
    result.restarts += status.restartCount
    result.lastRestart = later(result.lastRestart, restartedAt)
    const sidecar = sidecars.has(status.name)
    if (sidecar) {
      result.sidecarRestarts += status.restartCount
      result.lastSidecarRestart = later(result.lastSidecarRestart, restartedAt)
    }
    if (status.state?.terminated?.exitCode === 0) continue
    if (sidecar && status.started) {
      if (status.ready) result.ready++
      continue
    }
    result.reason = initReason(status, i, pod.spec?.initContainers?.length ?? 0)
    break
  }
  return result
}

function initReason(status: DeepReadonly<ContainerStatus>, index: number, total: number): string {
  const { terminated, waiting } = status.state ?? {}
  if (terminated) return `Init:${terminated.reason || exitText(terminated)}`
  if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`
  return `Init:${index}/${total}`
}

/** Adds what the containers say; the first container with something to say decides the reason. */
function addContainers(summary: Summary, pod: DeepReadonly<Pod>): void {
  let running = false
  for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    summary.restarts += status.restartCount
    summary.lastRestart = later(summary.lastRestart, status.lastState?.terminated?.finishedAt)
    const { terminated, waiting } = status.state ?? {}
    if (waiting?.reason) summary.reason = waiting.reason
    else if (terminated) summary.reason = terminated.reason || exitText(terminated)
    else if (status.ready && status.state?.running) {
      running = true
      summary.ready++
    }
  }
  if (summary.reason === 'Completed' && running) summary.reason = isPodReady(pod) ? 'Running' : 'NotReady'
}

function exitText(terminated: { readonly signal?: number; readonly exitCode: number }): string {
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`
}

function later(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return parseTime(b) > parseTime(a) ? b : a
}

import type { ContainerStatus } from '@wherry/api'
import { isRestartableInitContainer } from '@wherry/component-helpers'
import { initContainers, type PodObject, regularContainers } from '../pod/pod-object.ts'

export interface PhaseInput {
  pod: PodObject
  statuses: readonly ContainerStatus[]
  /** No container will run again, whatever the restart policy says. */
  terminal: boolean
  /** A regular container has run before. */
  initialized: boolean
}

/** As the kubelet's getPhase (pkg/kubelet/kubelet_pods.go). */
export function podPhase({ pod, statuses, terminal, initialized }: PhaseInput): string {
  const policy = pod.spec?.restartPolicy ?? 'Always'
  const statusOf = (name: string) => statuses.find((status) => status.name === name)
  const init = countInit(pod, statusOf)
  if (init.failed > 0 && policy === 'Never') return 'Failed'
  const count = { waiting: init.sidecarsWaiting, running: init.sidecarsRunning, stopped: 0, succeeded: 0, unknown: 0 }
  for (const { name } of regularContainers(pod)) {
    const status = statusOf(name)
    const { running, terminated, waiting } = status?.state ?? {}
    if (running) count.running++
    else if (terminated) {
      count.stopped++
      if (terminated.exitCode === 0) count.succeeded++
    } else if (waiting && status?.lastState?.terminated) count.stopped++
    else if (waiting) count.waiting++
    else count.unknown++
  }
  if (init.pending > 0 || (init.sidecarsPending > 0 && !initialized) || count.waiting > 0) return 'Pending'
  if (count.unknown > 0) return 'Pending'
  if (count.running > 0) return 'Running'
  if (count.stopped === 0) return 'Pending'
  const succeeded = count.stopped === count.succeeded
  if (terminal) return succeeded ? 'Succeeded' : 'Failed'
  if (policy === 'Always') return 'Running'
  if (succeeded) return 'Succeeded'
  return policy === 'Never' ? 'Failed' : 'Running'
}

function countInit(pod: PodObject, statusOf: (name: string) => ContainerStatus | undefined) {
  const count = { pending: 0, failed: 0, sidecarsPending: 0, sidecarsRunning: 0, sidecarsWaiting: 0 }
  for (const container of initContainers(pod)) {
    const status = statusOf(container.name)
    const { running, terminated, waiting } = status?.state ?? {}
    const before = status?.lastState?.terminated
    if (isRestartableInitContainer(container)) {
      if (running) {
        count.sidecarsRunning++
        if (!status?.started) count.sidecarsPending++
      } else if (waiting && !before) {
        count.sidecarsPending++
        count.sidecarsWaiting++
      }
    } else if (terminated) {
      if (terminated.exitCode !== 0) count.failed++
    } else if (waiting && before) {
      if (before.exitCode !== 0) count.failed++
    } else count.pending++
  }
  return count
}

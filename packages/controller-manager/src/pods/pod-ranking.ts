import type { Pod } from '@wherry/api'
import { type DeepReadonly, parseTime } from '@wherry/apimachinery'
import { isPodReady, isRestartableInitContainer, podCondition } from '@wherry/component-helpers'
import { compareText, createdAt } from '../meta.ts'

type PodView = DeepReadonly<Pod>

const deletionCost = 'controller.kubernetes.io/pod-deletion-cost'
const phases = ['Pending', 'Unknown', 'Running']

/**
 * The `count` pods to delete first when there are too many. `related` are the active pods of all ReplicaSets under the
 * same Deployment: a node that holds several of them gives one up first. As kube-controller-manager `getPodsToDelete`.
 */
export function podsToDelete(
  pods: readonly PodView[],
  related: readonly PodView[],
  count: number,
  now: number,
): PodView[] {
  if (count >= pods.length) return [...pods]
  const perNode = new Map<string, number>()
  for (const pod of related) {
    const node = pod.spec?.nodeName ?? ''
    perNode.set(node, (perNode.get(node) ?? 0) + 1)
  }
  const rank = (pod: PodView) => perNode.get(pod.spec?.nodeName ?? '') ?? 0
  return [...pods].sort((a, b) => compareForDeletion(a, b, rank, now)).slice(0, count)
}

/**
 * Negative when `a` goes first. In order: without a node; Pending, Unknown, Running; not ready; lower deletion cost;
 * more company on its node; ready for a shorter time; more restarts; younger. Times count on a logarithmic scale, so
 * that among pods of about the same age chance (their uid) decides. As `ActivePodsWithRanks`.
 */
export function compareForDeletion(a: PodView, b: PodView, rank: (pod: PodView) => number, now: number): number {
  return (
    Number(Boolean(a.spec?.nodeName)) - Number(Boolean(b.spec?.nodeName)) ||
    phases.indexOf(a.status?.phase ?? '') - phases.indexOf(b.status?.phase ?? '') ||
    Number(isPodReady(a)) - Number(isPodReady(b)) ||
    costOf(a) - costOf(b) ||
    rank(b) - rank(a) ||
    (isPodReady(a) && isPodReady(b) ? compareAge(readySince(a), readySince(b), a, b, now) : 0) ||
    restarts(b, 'regular') - restarts(a, 'regular') ||
    restarts(b, 'sidecar') - restarts(a, 'sidecar') ||
    compareAge(createdAt(a.metadata), createdAt(b.metadata), a, b, now)
  )
}

/** The pod's `pod-deletion-cost`; 0 where it is absent or no 32-bit integer. */
export function costOf(pod: PodView): number {
  const text = pod.metadata.annotations?.[deletionCost] ?? ''
  if (!/^(0|-?[1-9]\d*)$/.test(text)) return 0
  const cost = Number(text)
  return cost < -(2 ** 31) || cost >= 2 ** 31 ? 0 : cost
}

function compareAge(a: number, b: number, podA: PodView, podB: PodView, now: number): number {
  if (a === b) return 0
  return logRank(a, now) - logRank(b, now) || compareText(podA.metadata.uid ?? '', podB.metadata.uid ?? '')
}

/** A pod that has no such time ranks below all; upstream counts nanoseconds. */
function logRank(time: number, now: number): number {
  if (time === 0 || now <= time) return -1
  return Math.floor(Math.log2((now - time) * 1e6))
}

function readySince(pod: PodView): number {
  const time = podCondition(pod, 'Ready')?.lastTransitionTime
  return time === undefined ? 0 : parseTime(time)
}

function restarts(pod: PodView, which: 'regular' | 'sidecar'): number {
  const sidecars = new Set(pod.spec?.initContainers?.filter(isRestartableInitContainer).map((c) => c.name))
  const statuses =
    which === 'regular'
      ? pod.status?.containerStatuses
      : pod.status?.initContainerStatuses?.filter(({ name }) => sidecars.has(name))
  return Math.max(0, ...(statuses ?? []).map((status) => status.restartCount))
}

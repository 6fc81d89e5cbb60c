import type { Pod } from '@wherry/api'
import { getController } from '@wherry/apimachinery'

export interface DrainRules {
  force: boolean
  ignoreDaemonSets: boolean
  deleteEmptyDirData: boolean
  /** Pods that have been going for longer than this many seconds are passed over; 0 waits for all. */
  skipWaitForDeleteSeconds: number
  /** Whether the DaemonSet that a pod names still exists. */
  daemonSetExists(pod: Pod): boolean
  now: number
}

/** What draining a node does to its pods. */
export interface DrainPlan {
  pods: Pod[]
  /** What is worth a warning, in one line; empty for nothing. */
  warning: string
  /** Why the node cannot be drained; empty where it can. */
  errors: string[]
}

type Verdict = { evict: boolean; warning?: string; error?: string }

const mirrorAnnotation = 'kubernetes.io/config.mirror'
const messages = {
  daemonSetFatal: 'DaemonSet-managed Pods (use --ignore-daemonsets to ignore)',
  daemonSetWarning: 'ignoring DaemonSet-managed Pods',
  localFatal: 'Pods with local storage (use --delete-emptydir-data to override)',
  localWarning: 'deleting Pods with local storage',
  loneFatal: 'Pods that declare no controller (use --force to override)',
  loneWarning: 'deleting Pods that declare no controller',
} as const

/** Decides about each pod of a node. As kubectl's drain filters, whose words the messages have. */
export function planDrain(pods: readonly Pod[], rules: DrainRules): DrainPlan {
  const warnings = new Map<string, string[]>()
  const errors = new Map<string, string[]>()
  const evict: Pod[] = []
  for (const pod of pods) {
    const verdict = judge(pod, rules)
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`
    if (verdict.warning) warnings.set(verdict.warning, [...(warnings.get(verdict.warning) ?? []), key])
    if (verdict.error) errors.set(verdict.error, [...(errors.get(verdict.error) ?? []), key])
    if (verdict.evict) evict.push(pod)
  }
  return {
    pods: evict,
    warning: [...warnings].map(([message, names]) => `${message}: ${names.join(', ')}`).join('; '),
    errors: [...errors].map(([message, names]) => `cannot delete ${message}: ${names.join(', ')}`),
  }
}

function judge(pod: Pod, rules: DrainRules): Verdict {
  const finished = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
  const controller = getController(pod.metadata)
  if (controller?.kind === 'DaemonSet' && !finished) {
    if (!rules.daemonSetExists(pod)) {
      return rules.force ? { evict: true, warning: messages.loneWarning } : { evict: false, error: messages.loneFatal }
    }
    return rules.ignoreDaemonSets
      ? { evict: false, warning: messages.daemonSetWarning }
      : { evict: false, error: messages.daemonSetFatal }
  }
  if (pod.metadata.annotations?.[mirrorAnnotation] !== undefined) return { evict: false }
  const verdict: Verdict = { evict: true }
  const local = pod.spec?.volumes?.some((volume) => volume.emptyDir) ?? false
  if (local && !finished) {
    if (!rules.deleteEmptyDirData) return { evict: false, error: messages.localFatal }
    verdict.warning = messages.localWarning
  }
  if (!controller && !finished) {
    if (!rules.force) return { evict: false, error: messages.loneFatal }
    verdict.warning = messages.loneWarning
  }
  const deleted = pod.metadata.deletionTimestamp
  const since = deleted === undefined ? 0 : (rules.now - Date.parse(deleted)) / 1000
  if (rules.skipWaitForDeleteSeconds > 0 && since > rules.skipWaitForDeleteSeconds) return { evict: false }
  return verdict
}

import type { ContainerStatus, PodFailurePolicy, PodFailurePolicyRule, SuccessPolicy } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { parseIndexes } from './indexes.ts'
import type { PodView } from './job-pods.ts'

/** What a failure policy makes of a failed pod. */
export interface FailureVerdict {
  /** Whether the failure counts towards the back-off limit. */
  counts: boolean
  failsIndex?: boolean
  /** Why the whole Job fails. */
  failsJob?: string
}

/** Judges a failed pod by the first rule that matches. As kube-controller-manager `matchPodFailurePolicy`. */
export function judgeFailure(policy: DeepReadonly<PodFailurePolicy> | undefined, pod: PodView): FailureVerdict {
  for (const [index, rule] of (policy?.rules ?? []).entries()) {
    const found = matchRule(rule, pod)
    if (found === undefined) continue
    if (rule.action === 'Ignore') return { counts: false }
    if (rule.action === 'FailIndex') return { counts: true, failsIndex: true }
    if (rule.action === 'Count') return { counts: true }
    if (rule.action === 'FailJob') {
      return { counts: true, failsJob: `${found} matching FailJob rule at index ${index}` }
    }
  }
  return { counts: true }
}

function matchRule(rule: DeepReadonly<PodFailurePolicyRule>, pod: PodView): string | undefined {
  const { namespace, name } = pod.metadata
  if (rule.onExitCodes) {
    const container = matchExitCodes(rule.onExitCodes, pod)
    if (!container) return undefined
    const code = container.state?.terminated?.exitCode
    return `Container ${container.name} for pod ${namespace}/${name} failed with exit code ${code}`
  }
  const condition = pod.status?.conditions?.find(({ type, status }) =>
    rule.onPodConditions?.some((pattern) => pattern.type === type && (pattern.status ?? 'True') === status),
  )
  return condition && `Pod ${namespace}/${name} has condition ${condition.type}`
}

function matchExitCodes(
  { containerName, operator, values }: NonNullable<DeepReadonly<PodFailurePolicyRule>['onExitCodes']>,
  pod: PodView,
): DeepReadonly<ContainerStatus> | undefined {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]
  return statuses.find(({ name, state }) => {
    const code = state?.terminated?.exitCode ?? 0
    if (code === 0 || (containerName !== undefined && containerName !== name)) return false
    return values.includes(code) === (operator === 'In')
  })
}

/** The message of the success rule that the succeeded indexes satisfy, if one does. As `matchSuccessPolicy`. */
export function judgeSuccess(
  policy: DeepReadonly<SuccessPolicy> | undefined,
  succeeded: ReadonlySet<number>,
  completions: number,
): string | undefined {
  const index = (policy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) return succeeded.size >= (succeededCount ?? completions)
    const required = parseIndexes(succeededIndexes, completions)
    const met = [...required].filter((i) => succeeded.has(i)).length
    return met >= (succeededCount ?? required.size)
  })
  return index < 0 ? undefined : `Matched rules at index ${index}`
}

import type { LabelSelector, Pod, PodAffinityTerm } from '@wherry/api'

/**
 * Writes the values of the pod's own labels into the selectors that name their keys, so that a revision of a
 * Deployment spreads by itself (KEP-3243, KEP-3633). As `mutatePodAffinity` and `mutateTopologySpreadConstraints`.
 */
export function applyLabelKeys(pod: Pod): void {
  const labels = pod.metadata.labels ?? {}
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {}
  for (const affinity of [podAffinity, podAntiAffinity]) {
    for (const { podAffinityTerm } of affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
      applyToTerm(podAffinityTerm, labels)
    }
    for (const term of affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) applyToTerm(term, labels)
  }
  for (const { labelSelector, matchLabelKeys } of pod.spec?.topologySpreadConstraints ?? []) {
    if (labelSelector) merge(labelSelector, matchLabelKeys, 'In', labels)
  }
}

function applyToTerm(term: PodAffinityTerm | undefined, labels: Readonly<Record<string, string>>): void {
  // Without a selector the term matches nothing, whatever the keys.
  if (!term?.labelSelector) return
  merge(term.labelSelector, term.matchLabelKeys, 'In', labels)
  merge(term.labelSelector, term.mismatchLabelKeys, 'NotIn', labels)
}

function merge(
  selector: LabelSelector,
  keys: readonly string[] | undefined,
  operator: 'In' | 'NotIn',
  labels: Readonly<Record<string, string>>,
): void {
  for (const key of keys ?? []) {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined
    if (value !== undefined) (selector.matchExpressions ??= []).push({ key, operator, values: [value] })
  }
}

import type { PodAffinityTerm } from '@wherry/api'
import { type DeepReadonly, type LabelMatcher, matcherOf } from '@wherry/apimachinery'
import type { PodInfo } from './pod-info.ts'

/** One pod affinity or anti-affinity term, ready to be asked about many pods. */
export interface AffinityTerm {
  readonly topologyKey: string
  readonly weight: number
  matches(pod: PodInfo, namespaceLabels: NamespaceLabels): boolean
}

export type NamespaceLabels = (namespace: string) => Readonly<Record<string, string>> | undefined

/** The terms that a pod has of each sort. */
export interface AffinityTerms {
  readonly affinity: readonly AffinityTerm[]
  readonly antiAffinity: readonly AffinityTerm[]
  readonly preferred: readonly AffinityTerm[]
}

const none: AffinityTerms = { affinity: [], antiAffinity: [], preferred: [] }

/** Preferred anti-affinity counts as a preference of negative weight. */
export function affinityTerms(pod: PodInfo): AffinityTerms {
  const { podAffinity, podAntiAffinity } = pod.pod.spec?.affinity ?? {}
  if (!podAffinity && !podAntiAffinity) return none
  const namespace = pod.pod.metadata.namespace ?? ''
  const required = (terms: readonly DeepReadonly<PodAffinityTerm>[] | undefined) =>
    (terms ?? []).map((term) => newTerm(term, namespace, 0))
  return {
    affinity: required(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    antiAffinity: required(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    preferred: [
      ...(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ weight, podAffinityTerm }) =>
        newTerm(podAffinityTerm, namespace, weight),
      ),
      ...(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ weight, podAffinityTerm }) =>
        newTerm(podAffinityTerm, namespace, -weight),
      ),
    ],
  }
}

function newTerm(term: DeepReadonly<PodAffinityTerm>, own: string, weight: number): AffinityTerm {
  const { topologyKey, labelSelector, namespaces = [], namespaceSelector } = term
  const selector = matcherOf(labelSelector)
  const named = new Set(namespaces.length === 0 && namespaceSelector === undefined ? [own] : namespaces)
  const selected: LabelMatcher | undefined = namespaceSelector && matcherOf(namespaceSelector)
  return {
    topologyKey,
    weight,
    matches({ pod }, namespaceLabels) {
      const namespace = pod.metadata.namespace ?? ''
      const inScope = named.has(namespace) || selected?.matches(namespaceLabels(namespace)) === true
      return inScope && selector.matches(pod.metadata.labels)
    },
  }
}

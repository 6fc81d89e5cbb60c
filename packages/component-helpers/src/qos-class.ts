import type { Pod, ResourceRequirements } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { addResources, type Resources, resourcesOf } from './pod-resources.ts'

/** The resources that decide the class. */
const counted = ['cpu', 'memory']

/**
 * The pod's quality of service class: `Guaranteed` when every container limits CPU and memory and asks for all of it,
 * `BestEffort` when no container asks for or limits anything, else `Burstable`. Resources of the pod itself decide alone.
 * As k8s.io/kubernetes/pkg/apis/core/v1/helper/qos `ComputePodQOS`.
 */
export function qosClass(pod: DeepReadonly<Pod>): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const podLevel = pod.spec?.resources
  const all: DeepReadonly<ResourceRequirements | undefined>[] = hasAny(podLevel)
    ? [podLevel]
    : [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].map((c) => c.resources)
  let requests: Resources = {}
  let limits: Resources = {}
  let everyOneLimited = true
  for (const resources of all) {
    const ownLimits = positive(resources?.limits)
    requests = addResources(requests, positive(resources?.requests))
    limits = addResources(limits, ownLimits)
    if (!counted.every((name) => name in ownLimits)) everyOneLimited = false
  }
  const requested = Object.entries(requests)
  const limited = Object.keys(limits)
  if (requested.length === 0 && limited.length === 0) return 'BestEffort'
  const equal = requested.every(([name, amount]) => limits[name]?.cmp(amount) === 0)
  return everyOneLimited && equal && requested.length === limited.length ? 'Guaranteed' : 'Burstable'
}

function hasAny(resources: DeepReadonly<ResourceRequirements> | undefined): boolean {
  return Object.keys(resources?.requests ?? {}).length > 0 || Object.keys(resources?.limits ?? {}).length > 0
}

function positive(list: Readonly<Record<string, string>> | undefined): Resources {
  const all = resourcesOf(list)
  return Object.fromEntries(Object.entries(all).filter(([name, q]) => counted.includes(name) && q.sign() > 0))
}

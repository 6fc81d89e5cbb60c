import type { Pod, Service } from '@wherry/api'
import { type DeepReadonly, deepEqual, labelsMatcher, objectKey } from '@wherry/apimachinery'
import type { Lister } from '@wherry/client'
import { isPodReady, isPodTerminal } from '@wherry/component-helpers'

/** The keys of the Services that select the pod. */
export function servicesOf(pod: DeepReadonly<Pod>, services: Lister<Service>): string[] {
  return services
    .list(pod.metadata.namespace)
    .filter(({ spec }) => spec?.selector && labelsMatcher(spec.selector).matches(pod.metadata.labels))
    .map((service) => objectKey(service.metadata))
}

/** Whether an update of a pod can change the endpoints of a Service. */
export function endpointChanged(pod: DeepReadonly<Pod>, old: DeepReadonly<Pod>): boolean {
  return (
    isPodReady(pod) !== isPodReady(old) ||
    isPodTerminal(pod) !== isPodTerminal(old) ||
    pod.metadata.deletionTimestamp !== old.metadata.deletionTimestamp ||
    pod.status?.podIP !== old.status?.podIP ||
    !deepEqual(pod.status?.podIPs, old.status?.podIPs) ||
    pod.spec?.nodeName !== old.spec?.nodeName ||
    !deepEqual(pod.metadata.labels, old.metadata.labels)
  )
}

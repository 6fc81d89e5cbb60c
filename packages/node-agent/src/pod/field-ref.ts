import { goQuote, Quantity } from '@wherry/apimachinery'
import type { ContainerSpec, PodObject } from './pod-object.ts'

/** What the downward API tells besides the pod itself. */
export interface PodFacts {
  podIP: string
  hostIP: string
  /** The node's allocatable resources: the limit of a container that has none. */
  allocatable: Readonly<Record<string, string>>
}

/** A `fieldRef`'s value; undefined for a path that the downward API does not have. */
export function podField(pod: PodObject, path: string, facts: PodFacts): string | undefined {
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path)
  if (subscript) return pod.metadata[subscript[1] === 'labels' ? 'labels' : 'annotations']?.[subscript[2] ?? ''] ?? ''
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name ?? ''
    case 'metadata.namespace':
      return pod.metadata.namespace ?? ''
    case 'metadata.uid':
      return pod.metadata.uid ?? ''
    case 'metadata.labels':
      return formatMap(pod.metadata.labels)
    case 'metadata.annotations':
      return formatMap(pod.metadata.annotations)
    case 'spec.nodeName':
      return pod.spec?.nodeName ?? ''
    case 'spec.serviceAccountName':
      return pod.spec?.serviceAccountName ?? ''
    case 'status.hostIP':
    case 'status.hostIPs':
      return facts.hostIP
    case 'status.podIP':
    case 'status.podIPs':
      return facts.podIP
    default:
      return undefined
  }
}

/** A `resourceFieldRef`'s value in units of its divisor, rounded up. As upstream's resource.ExtractContainerResourceValue. */
export function resourceField(
  container: ContainerSpec,
  resource: string,
  divisor: string | undefined,
  facts: PodFacts,
): string {
  const [kind = '', ...nameParts] = resource.split('.')
  const name = nameParts.join('.')
  const amounts = kind === 'limits' ? container.resources?.limits : container.resources?.requests
  const value = Quantity.parse(amounts?.[name] ?? (kind === 'limits' ? facts.allocatable[name] : undefined) ?? '0')
  const unit = Quantity.parse(!divisor || divisor === '0' ? '1' : divisor)
  const [total, per] = name === 'cpu' ? [value.milliValue(), unit.milliValue()] : [value.value(), unit.value()]
  return String((total + per - 1n) / per)
}

/** One `key="value"` a line, sorted, values quoted as in Go. */
function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${goQuote(value)}`)
    .join('\n')
}

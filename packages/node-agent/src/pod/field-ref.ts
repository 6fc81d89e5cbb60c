import type { Container, Pod } from '@wherry/api'
import { Quantity } from '@wherry/apimachinery'

export interface PodFacts {
  podIP: string
  hostIP: string
  allocatable: Record<string, string>
}

function formatMap(map: Record<string, string> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n')
}

/** A `fieldRef`'s value; undefined for a path that the downward API does not have. */
export function podField(pod: Pod, path: string, facts: PodFacts): string | undefined {
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

/** A `resourceFieldRef`'s value in units of its divisor, rounded up; an absent limit is the node's allocatable amount. */
export function resourceField(
  container: Container,
  resource: string,
  divisor: string | undefined,
  facts: PodFacts,
): string {
  const [kind = '', ...nameParts] = resource.split('.')
  const name = nameParts.join('.')
  const amounts = kind === 'limits' ? container.resources?.limits : container.resources?.requests
  const fallback = kind === 'limits' ? facts.allocatable[name] : '0'
  const value = Quantity.parse(amounts?.[name] ?? fallback ?? '0')
  const unit = Quantity.parse(!divisor || divisor === '0' ? '1' : divisor)
  const cpu = name === 'cpu'
  const total = cpu ? BigInt(value.milliValue()) : BigInt(value.value())
  const per = cpu ? BigInt(unit.milliValue()) : BigInt(unit.value())
  return String((total + per - 1n) / per)
}

import { Pod } from '@wherry/api'
import { badRequest, type DeepReadonly, groupResource, notFound } from '@wherry/apimachinery'
import type { Behaviours, ObjectKey } from '../registry/behaviours.ts'

export function findPod(behaviours: Behaviours, key: ObjectKey): DeepReadonly<Pod> {
  const pod = behaviours.store(Pod).get(key)
  if (!pod) throw notFound(groupResource(Pod), key.name)
  return pod
}

/** The node that a pod runs on; 400 while it has none. */
export function nodeOf(pod: DeepReadonly<Pod>): string {
  const node = pod.spec?.nodeName
  if (!node) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`)
  return node
}

/** The container that is meant: the one that is named, or the pod's only one. */
export function containerOf(pod: DeepReadonly<Pod>, asked: string | null): string {
  const { spec, metadata } = pod
  const all = [...(spec?.initContainers ?? []), ...(spec?.containers ?? []), ...(spec?.ephemeralContainers ?? [])]
  const names = all.map((container) => container.name)
  if (asked) {
    if (names.includes(asked)) return asked
    throw badRequest(`container ${asked} is not valid for pod ${metadata.name}`)
  }
  const [only, ...others] = spec?.containers ?? []
  if (!only) throw badRequest(`a container name must be specified for pod ${metadata.name}`)
  if (others.length === 0) return only.name
  throw badRequest(`a container name must be specified for pod ${metadata.name}, choose one of: [${names.join(' ')}]`)
}

/** The kubelet's path for `exec` and `attach`. */
export function streamPath(which: 'exec' | 'attach', pod: DeepReadonly<Pod>, query: URLSearchParams): string {
  const container = containerOf(pod, query.get('container'))
  const passed = new URLSearchParams()
  for (const [ours, theirs] of [
    ['stdin', 'input'],
    ['stdout', 'output'],
    ['stderr', 'error'],
    ['tty', 'tty'],
  ] as const) {
    if (isTrue(query.get(ours))) passed.append(theirs, '1')
  }
  if (which === 'exec') for (const word of query.getAll('command')) passed.append('command', word)
  return `/${which}/${pod.metadata.namespace}/${pod.metadata.name}/${container}?${passed}`
}

/** The kubelet's path for `portforward`. */
export function portForwardPath(pod: DeepReadonly<Pod>, query: URLSearchParams): string {
  const ports = query.getAll('ports')
  const suffix = ports.length > 0 ? `?${new URLSearchParams({ port: ports.join(',') })}` : ''
  return `/portForward/${pod.metadata.namespace}/${pod.metadata.name}${suffix}`
}

/** A boolean of a query, as apimachinery reads it: anything but `false` and `0`. */
export function isTrue(value: string | null): boolean {
  return value !== null && value.toLowerCase() !== 'false' && value !== '0'
}

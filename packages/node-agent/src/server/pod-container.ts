import { containerNamed, type PodObject } from '../pod/pod-object.ts'
import { HTTPError } from './http-error.ts'

/** Finds the pods of this node. */
export interface PodSource {
  list(): PodObject[]
  find(namespace: string, name: string, uid?: string): PodObject | undefined
}

/** What the paths of the kubelet API name. */
export interface PodPath {
  namespace: string
  name: string
  uid?: string
  container?: string
}

/** `NAMESPACE/POD/CONTAINER`, or `NAMESPACE/POD/UID/CONTAINER`; without a container for port-forward. */
export function parsePodPath(parts: readonly string[], hasContainer: boolean): PodPath | undefined {
  const [namespace, name, ...rest] = parts
  if (!namespace || !name || rest.length > (hasContainer ? 2 : 1)) return undefined
  if (!hasContainer) return { namespace, name, ...(rest[0] ? { uid: rest[0] } : {}) }
  const container = rest.at(-1)
  if (!container) return undefined
  return { namespace, name, container, ...(rest.length === 2 && rest[0] ? { uid: rest[0] } : {}) }
}

export function findPod(pods: PodSource, { namespace, name, uid }: PodPath): PodObject {
  const pod = pods.find(namespace, name, uid)
  if (!pod) throw new HTTPError(404, 'pod does not exist')
  return pod
}

type Status = NonNullable<NonNullable<PodObject['status']>['containerStatuses']>[number]

export function containerStatusOf(pod: PodObject, name: string): Status | undefined {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = pod.status ?? {}
  return [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find(
    (item) => item.name === name,
  )
}

export function requireContainer(pod: PodObject, name: string): void {
  if (!containerNamed(pod, name))
    throw new HTTPError(404, `container "${name}" not found in pod "${pod.metadata.name}"`)
}

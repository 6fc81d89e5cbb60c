import type { Container, Pod } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'

/** A pod as informers hand it out: shared, and never changed. */
export type PodObject = DeepReadonly<Pod>
export type ContainerSpec = DeepReadonly<Container>

export function podUid(pod: PodObject): string {
  return pod.metadata.uid ?? ''
}

/** `namespace/name`, for logs. */
export function podKey(pod: PodObject): string {
  return `${pod.metadata.namespace}/${pod.metadata.name}`
}

/** As the kubelet names a pod in its messages. */
export function podId(pod: PodObject): string {
  const { name, namespace, uid } = pod.metadata
  return `${name}_${namespace}(${uid})`
}

export function initContainers(pod: PodObject): readonly ContainerSpec[] {
  return pod.spec?.initContainers ?? []
}

export function regularContainers(pod: PodObject): readonly ContainerSpec[] {
  return pod.spec?.containers ?? []
}

/** Ephemeral containers have what containers have, and a target. */
export function ephemeralContainers(pod: PodObject): readonly ContainerSpec[] {
  return pod.spec?.ephemeralContainers ?? []
}

export function allContainers(pod: PodObject): ContainerSpec[] {
  return [...initContainers(pod), ...regularContainers(pod), ...ephemeralContainers(pod)]
}

export function containerNamed(pod: PodObject, name: string): ContainerSpec | undefined {
  return allContainers(pod).find((container) => container.name === name)
}

/** Where events about a container point to. */
export function containerFieldPath(pod: PodObject, name: string): string {
  const has = (containers: readonly ContainerSpec[]) => containers.some((container) => container.name === name)
  const list = has(initContainers(pod))
    ? 'initContainers'
    : has(regularContainers(pod))
      ? 'containers'
      : 'ephemeralContainers'
  return `spec.${list}{${name}}`
}

export const defaultGraceSeconds = 30

/** How long the pod's containers may take to end when it is deleted or has come to its end. */
export function graceSeconds(pod: PodObject): number {
  return pod.metadata.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? defaultGraceSeconds
}

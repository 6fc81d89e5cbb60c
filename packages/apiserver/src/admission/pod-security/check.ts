import type { Container, ObjectMeta, PodSecurityContext, PodSpec, SecurityContext } from '@wherry/api'
import { compareUtf8, type DeepReadonly, goQuote } from '@wherry/apimachinery'

/** A pod, or the template of one. */
export interface PodView {
  readonly metadata: DeepReadonly<ObjectMeta>
  readonly spec: DeepReadonly<PodSpec>
}

/** Why a check forbids a pod, and where. */
export interface Violation {
  readonly reason: string
  readonly detail: string
}

export type Check = (pod: PodView) => Violation | undefined
export type ContainerView = DeepReadonly<Container>

/** All containers in the order in which upstream visits them. */
export function containersOf({ spec }: PodView): ContainerView[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])]
}

/** The names of the containers that are not as they should be. */
export function badContainers(pod: PodView, isBad: (container: ContainerView) => boolean): string[] {
  return containersOf(pod)
    .filter(isBad)
    .map(({ name }) => name)
}

export const sorted = (values: Iterable<string>): string[] => [...new Set(values)].sort(compareUtf8)
export const quoted = (values: readonly string[]): string => values.map(goQuote).join(', ')
export const plural = (word: string, count: number): string => (count === 1 ? word : `${word}s`)
export const containersText = (names: readonly string[]): string =>
  `${plural('container', names.length)} ${quoted(names)}`

/** Who sets something that the pod and each container may set. */
export function settersText(pod: boolean, containers: readonly string[]): string {
  return [...(pod ? ['pod'] : []), ...(containers.length > 0 ? [containersText(containers)] : [])].join(' and ')
}

type Context = DeepReadonly<SecurityContext> & DeepReadonly<PodSecurityContext>

/** Holds the security contexts of the pod and of its containers to one rule; undefined where all keep it. */
export function eachContext(
  pod: PodView,
  isBad: (
    context: Pick<
      Context,
      'seccompProfile' | 'appArmorProfile' | 'seLinuxOptions' | 'windowsOptions' | 'runAsUser' | 'runAsNonRoot'
    >,
  ) => boolean,
): string | undefined {
  const { securityContext } = pod.spec
  const ofPod = securityContext !== undefined && isBad(securityContext)
  const bad = badContainers(
    pod,
    (container) => container.securityContext !== undefined && isBad(container.securityContext),
  )
  return ofPod || bad.length > 0 ? settersText(ofPod, bad) : undefined
}

/** A pod whose users are none of the host's: root in it is nobody outside. */
export const hasOwnUsers = ({ spec }: PodView): boolean => spec.hostUsers === false
export const isWindows = ({ spec }: PodView): boolean => spec.os?.name === 'windows'

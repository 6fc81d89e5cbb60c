import type { Container, Pod, PodSpec, ResourceRequirements } from '@wherry/api'
import { type DeepReadonly, type FieldError, fieldForbidden, fieldInvalid, semanticEqual } from '@wherry/apimachinery'
import { isRestartableInitContainer, qosClass } from '@wherry/component-helpers'
import { mirror } from './annotations.ts'
import { validatePod } from './pod.ts'

type Value = DeepReadonly<Pod>
type Requirements = DeepReadonly<ResourceRequirements> | undefined

/** Upstream's way to name the whole object. */
const whole = '[]'

/** CPU and memory may change while containers run, but not the pod's class. As `ValidatePodResize`. */
export function validateResize(pod: Value, old: Value): FieldError[] {
  if (old.metadata.annotations?.[mirror] !== undefined) {
    return [fieldForbidden(whole, 'static pods cannot be resized')]
  }
  if (old.spec?.os?.name === 'windows') return [fieldForbidden(whole, 'windows pods cannot be resized')]
  const errors = validatePod(pod, old)
  const { containers = [], initContainers = [], resources } = pod.spec ?? {}
  const { containers: before = [], initContainers: initBefore = [], resources: ownBefore } = old.spec ?? {}
  if (containers.length !== before.length || initContainers.length !== initBefore.length) {
    return [...errors, fieldForbidden('spec', 'pod resize may not add or remove containers')]
  }
  if (errors.length > 0) return errors
  if ((old.status?.qosClass ?? qosClass(old)) !== qosClass(pod)) {
    const detail = 'Pod QOS Class may not change as a result of resizing'
    errors.push(fieldInvalid('spec', old.status?.qosClass ?? '', detail))
  }
  if (!isSupported(old)) errors.push(fieldForbidden('spec', 'Pod running on node without support for resize'))
  errors.push(...validateRemoved(resources, ownBefore, 'spec.resources'))
  for (const [i, container] of initBefore.entries()) {
    if (!isRestartableInitContainer(container)) continue
    errors.push(
      ...validateRemoved(initContainers[i]?.resources, container.resources, `spec.initContainers[${i}].resources`),
    )
  }
  for (const [i, container] of before.entries()) {
    errors.push(...validateRemoved(containers[i]?.resources, container.resources, `spec.containers[${i}].resources`))
  }
  const refuse = (detail: string) => errors.push(fieldForbidden('spec', detail))
  for (const [i, container] of before.entries()) {
    if (!semanticEqual(fixed(containers[i]), fixed(container))) refuse('only cpu and memory resources are mutable')
  }
  for (const [i, container] of initBefore.entries()) {
    const now = initContainers[i]
    if (isRestartableInitContainer(now ?? {})) {
      if (semanticEqual(fixed(now), fixed(container))) continue
      refuse('only cpu and memory resources for sidecar containers are mutable')
    } else if (!semanticEqual(now, container)) refuse('resources for non-sidecar init containers are immutable')
  }
  if (errors.length > 0 || semanticEqual(fixedSpec(pod.spec), fixedSpec(old.spec))) return errors
  return [fieldForbidden('spec', 'only cpu and memory resources are mutable')]
}

/** The node says what its containers have: then it can give them something else, too. */
function isSupported({ status }: Value): boolean {
  const running = status?.containerStatuses?.find(({ state }) => state?.running)
  return running === undefined || running.resources !== undefined
}

function validateRemoved(now: Requirements, old: Requirements, field: string): FieldError[] {
  return (['requests', 'limits'] as const).flatMap((list) => {
    const names = Object.keys(old?.[list] ?? {})
    if (names.every((name) => Object.hasOwn(now?.[list] ?? {}, name))) return []
    return [fieldForbidden(`${field}.${list}`, `resource ${list} cannot be removed`)]
  })
}

/** The container without what a resize may change. */
function fixed(container: DeepReadonly<Container> | undefined): object {
  return { ...container, resources: others(container?.resources) }
}

function fixedSpec(spec: DeepReadonly<PodSpec> | undefined): object {
  return { ...spec, containers: undefined, initContainers: undefined, resources: others(spec?.resources) }
}

function others({ limits = {}, requests = {}, ...rest }: NonNullable<Requirements> = {}): object {
  const strip = ({ cpu: _cpu, memory: _memory, ...list }: Readonly<Record<string, string>>) => list
  return { ...rest, limits: strip(limits), requests: strip(requests) }
}

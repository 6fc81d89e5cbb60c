import type { Container, Pod, ResourceRequirements } from '@wherry/api'
import { type DeepReadonly, type FieldError, fieldForbidden, fieldInvalid, semanticEqual } from '@wherry/apimachinery'
import { isRestartableInitContainer, qosClass } from '@wherry/component-helpers'
import { validatePod } from './pod.ts'

type Value = DeepReadonly<Pod>
type Containers = DeepReadonly<Container[]>

/** CPU and memory of containers may change while they run, but not the pod's class. As `ValidatePodResize`. */
export function validateResize(pod: Value, old: Value): FieldError[] {
  const errors = validatePod(pod)
  if (old.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) {
    errors.push(fieldForbidden('', 'static pods cannot be resized'))
  }
  if (old.spec?.os?.name === 'windows') errors.push(fieldForbidden('', 'windows pods cannot be resized'))
  const containers = validateContainers(pod.spec?.containers ?? [], old.spec?.containers ?? [], 'spec.containers')
  const initContainers = validateContainers(
    pod.spec?.initContainers ?? [],
    old.spec?.initContainers ?? [],
    'spec.initContainers',
  )
  errors.push(...containers, ...initContainers)
  if (errors.length > 0) return errors
  const before = old.status?.qosClass ?? qosClass(old)
  const after = qosClass(pod)
  if (before !== after) {
    errors.push(fieldInvalid('spec', before, 'Pod QOS Class may not change as a result of resizing'))
  }
  return errors
}

function validateContainers(containers: Containers, old: Containers, field: string): FieldError[] {
  if (containers.length !== old.length) {
    return [fieldForbidden('spec', 'pod resize may not add or remove containers')]
  }
  return containers.flatMap((container, i) => {
    const before = old[i]
    if (!before || semanticEqual(container.resources, before.resources)) return []
    const at = `${field}[${i}]`
    if (field === 'spec.initContainers' && !isRestartableInitContainer(before)) {
      return [fieldForbidden(`${at}.resources`, 'resources for non-sidecar init containers are immutable')]
    }
    return validateChange(container.resources ?? {}, before.resources ?? {}, `${at}.resources`)
  })
}

function validateChange(
  now: DeepReadonly<ResourceRequirements>,
  old: DeepReadonly<ResourceRequirements>,
  field: string,
): FieldError[] {
  const errors: FieldError[] = []
  for (const list of ['requests', 'limits'] as const) {
    const [after, before] = [now[list] ?? {}, old[list] ?? {}]
    for (const name of new Set([...Object.keys(after), ...Object.keys(before)])) {
      if (after[name] === before[name]) continue
      if (name !== 'cpu' && name !== 'memory') {
        errors.push(fieldForbidden(`${field}.${list}[${name}]`, 'only cpu and memory resources are mutable'))
      } else if (after[name] === undefined) {
        errors.push(fieldForbidden(`${field}.${list}[${name}]`, `resource ${list} cannot be removed`))
      }
    }
  }
  return errors
}

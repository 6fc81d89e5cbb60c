import type { EphemeralContainer, PodSpec } from '@wherry/api'
import { type DeepReadonly, type FieldError, fieldDuplicate, fieldForbidden, fieldNotFound } from '@wherry/apimachinery'
import { validateCommon } from './containers.ts'

const notAllowed = [
  'ports',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
] as const
const detail = 'cannot be set for an Ephemeral Container'

/** As `validateEphemeralContainers`. */
export function validateEphemeralContainers(
  spec: DeepReadonly<PodSpec> | undefined,
  field = 'spec.ephemeralContainers',
): FieldError[] {
  if (!spec) return []
  const others = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name))
  const names = new Set(others)
  return (spec.ephemeralContainers ?? []).flatMap((container, i) => {
    const at = `${field}[${i}]`
    const errors = validateCommon(container, spec, at)
    if (names.has(container.name)) errors.push(fieldDuplicate(`${at}.name`, container.name))
    names.add(container.name)
    const target = container.targetContainerName
    if (target && !others.has(target)) errors.push(fieldNotFound(`${at}.targetContainerName`, target))
    return [...errors, ...validateAllowed(container, at)]
  })
}

function validateAllowed(container: DeepReadonly<EphemeralContainer>, field: string): FieldError[] {
  const errors: FieldError[] = []
  for (const name of notAllowed) {
    const value = container[name]
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) {
      errors.push(fieldForbidden(`${field}.${name}`, detail))
    }
  }
  const { requests = {}, limits = {} } = container.resources ?? {}
  if (Object.keys(requests).length + Object.keys(limits).length > 0) {
    errors.push(fieldForbidden(`${field}.resources`, detail))
  }
  for (const [i, mount] of (container.volumeMounts ?? []).entries()) {
    for (const name of ['subPath', 'subPathExpr'] as const) {
      if (mount[name]) errors.push(fieldForbidden(`${field}.volumeMounts[${i}].${name}`, detail))
    }
  }
  return errors
}

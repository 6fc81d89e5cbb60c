import type { EphemeralContainer } from '@wherry/api'
import { type DeepReadonly, type FieldError, fieldDuplicate, fieldForbidden, fieldNotFound } from '@wherry/apimachinery'
import { validateCommon } from './containers.ts'
import type { ContainerContext } from './context.ts'
import { validateImages } from './images.ts'

/** What only containers with a part in the pod's work have. */
const notAllowed = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const
const detail = 'cannot be set for an Ephemeral Container'

/** As `validateEphemeralContainers`. */
export function validateEphemeralContainers(context: ContainerContext, field: string): FieldError[] {
  const { spec } = context
  const others = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name))
  const names = new Set(others)
  return (spec.ephemeralContainers ?? []).flatMap((container, i) => {
    const at = `${field}[${i}]`
    const errors = validateCommon(container, context, at)
    errors.push(...validateImages([container], field).map((error) => ({ ...error, field: `${at}.image` })))
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
    // Defaults make the struct of the resources, which then is as good as absent.
    const empty =
      value === undefined || (typeof value === 'object' && Object.keys(value).length === 0 && name === 'resources')
    if (!empty && !(Array.isArray(value) && value.length === 0)) errors.push(fieldForbidden(`${field}.${name}`, detail))
  }
  for (const [i, mount] of (container.volumeMounts ?? []).entries()) {
    for (const name of ['subPath', 'subPathExpr'] as const) {
      if (mount[name]) errors.push(fieldForbidden(`${field}.volumeMounts[${i}].${name}`, detail))
    }
  }
  return errors
}

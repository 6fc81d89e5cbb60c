import { IngressClass, type IngressClassParametersReference } from '@wherry/api'
import {
  byteLength,
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  isDNS1123Label,
  isDNS1123Subdomain,
  isPathSegmentName,
  validateDomainPrefixedPath,
} from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn, none } from '../columns.ts'
import { immutable, refusals } from '../fields.ts'

const maxController = 250

export const ingressClasses = defineResource(IngressClass, {
  generation: true,
  setDefaults(object) {
    if (object.spec?.parameters) object.spec.parameters.scope ??= 'Cluster'
  },
  validate,
  validateUpdate: (object, old) => immutable('spec.controller', object.spec?.controller, old.spec?.controller),
  columns: [
    nameColumn(),
    { name: 'Controller', type: 'string', value: (object) => object.spec?.controller ?? '' },
    { name: 'Parameters', type: 'string', value: parametersText },
    ageColumn(),
  ],
})

function parametersText({ spec }: DeepReadonly<IngressClass>): string {
  const parameters = spec?.parameters
  if (!parameters) return none
  const { kind, name, apiGroup } = parameters
  return apiGroup === undefined ? `${kind}/${name}` : `${kind}.${apiGroup}/${name}`
}

/** As pkg/apis/networking/validation `ValidateIngressClass`. */
function validate({ spec }: DeepReadonly<IngressClass>): FieldError[] {
  const controller = spec?.controller ?? ''
  const field = 'spec.controller'
  const errors = byteLength(controller) > maxController ? [fieldTooLong(field, '', maxController)] : []
  errors.push(...validateDomainPrefixedPath(field, controller))
  const { parameters } = spec ?? {}
  return parameters ? [...errors, ...validateParameters(parameters, 'spec.parameters')] : errors
}

function validateParameters(parameters: DeepReadonly<IngressClassParametersReference>, field: string): FieldError[] {
  const { scope, namespace } = parameters
  const errors = validateReference(parameters, field)
  if (!scope) return [...errors, fieldRequired(`${field}.scope`)]
  if (scope !== 'Cluster' && scope !== 'Namespace') {
    return [...errors, fieldNotSupported(`${field}.scope`, scope, ['Cluster', 'Namespace'])]
  }
  const at = `${field}.namespace`
  if (scope === 'Cluster') {
    return namespace === undefined ? errors : [...errors, fieldForbidden(at, "`parameters.scope` is set to 'Cluster'")]
  }
  if (namespace === undefined) return [...errors, fieldRequired(at, "`parameters.scope` is set to 'Namespace'")]
  return [...errors, ...refusals(at, namespace, isDNS1123Label(namespace))]
}

/** The object of an API group that a class or a backend names. */
export function validateReference(
  reference: { readonly apiGroup?: string; readonly kind?: string; readonly name?: string },
  field: string,
): FieldError[] {
  const { apiGroup } = reference
  const errors = apiGroup === undefined ? [] : refusals(`${field}.apiGroup`, apiGroup, isDNS1123Subdomain(apiGroup))
  for (const key of ['kind', 'name'] as const) {
    const value = reference[key]
    if (!value) errors.push(fieldRequired(`${field}.${key}`))
    else errors.push(...refusals(`${field}.${key}`, value, isPathSegmentName(value)))
  }
  return errors
}

import { IngressClass } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn, none } from '../columns.ts'
import { immutable } from '../fields.ts'

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

function validate({ spec }: DeepReadonly<IngressClass>): FieldError[] {
  const errors: FieldError[] = []
  const controller = spec?.controller ?? ''
  if (controller === '') errors.push(fieldRequired('spec.controller', 'must specify controller'))
  else if (controller.length > maxController) {
    errors.push(fieldInvalid('spec.controller', controller, `may not be more than ${maxController} bytes`))
  } else if (!/^[^/]+\/.+$/.test(controller)) {
    const detail = 'must be a domain-prefixed path (such as "acme.io/foo")'
    errors.push(fieldInvalid('spec.controller', controller, detail))
  }
  const parameters = spec?.parameters
  if (!parameters) return errors
  const field = 'spec.parameters'
  if (!parameters.kind) errors.push(fieldRequired(`${field}.kind`, 'kind is required'))
  if (!parameters.name) errors.push(fieldRequired(`${field}.name`, 'name is required'))
  if (!parameters.scope) errors.push(fieldRequired(`${field}.scope`))
  else if (parameters.scope !== 'Cluster' && parameters.scope !== 'Namespace') {
    errors.push(fieldNotSupported(`${field}.scope`, parameters.scope, ['Cluster', 'Namespace']))
  }
  if (parameters.scope === 'Namespace' && !parameters.namespace) {
    errors.push(fieldRequired(`${field}.namespace`, "`parameters.scope` is set to 'Namespace'"))
  }
  if (parameters.scope === 'Cluster' && parameters.namespace !== undefined) {
    errors.push(fieldForbidden(`${field}.namespace`, "`parameters.scope` is set to 'Cluster'"))
  }
  return errors
}

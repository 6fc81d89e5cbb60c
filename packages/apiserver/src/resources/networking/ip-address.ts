import { IPAddress } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldRequired,
  isDNS1123Subdomain,
  isPathSegmentName,
  isValidIP,
} from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { nameColumn } from '../columns.ts'
import { restoreAddress } from '../core/service/ip-addresses.ts'
import { immutable, refusals } from '../fields.ts'

/** One address of a service range; its name is the address, its parent the Service that has it. */
export const ipAddresses = defineResource(IPAddress, {
  shortNames: ['ip'],
  validateName: (name) => isValidIP(name),
  validate,
  validateUpdate: (address, old) => immutable('spec.parentRef', address.spec?.parentRef, old.spec?.parentRef),
  afterDelete: restoreAddress,
  columns: [nameColumn(), { name: 'ParentRef', type: 'string', value: parentText }],
  selectableFields: {
    'spec.parentRef.group': ({ spec }) => spec?.parentRef?.group ?? '',
    'spec.parentRef.resource': ({ spec }) => spec?.parentRef?.resource ?? '',
    'spec.parentRef.namespace': ({ spec }) => spec?.parentRef?.namespace ?? '',
    'spec.parentRef.name': ({ spec }) => spec?.parentRef?.name ?? '',
  },
})

function parentText({ spec }: DeepReadonly<IPAddress>): string {
  const { group, resource = '', namespace, name = '' } = spec?.parentRef ?? {}
  const kind = group ? `${resource}.${group}` : resource
  return [kind, ...(namespace ? [namespace] : []), name].join('/')
}

/** As pkg/apis/networking/validation `ValidateIPAddress`. */
function validate({ spec }: DeepReadonly<IPAddress>): FieldError[] {
  const parent = spec?.parentRef
  const field = 'spec.parentRef'
  if (!parent) return [fieldRequired(field)]
  const { group, namespace } = parent
  const errors = group ? refusals(`${field}.group`, group, isDNS1123Subdomain(group)) : []
  for (const key of ['resource', 'name'] as const) {
    const value = parent[key]
    if (!value) errors.push(fieldRequired(`${field}.${key}`))
    else errors.push(...refusals(`${field}.${key}`, value, isPathSegmentName(value)))
  }
  if (namespace) errors.push(...refusals(`${field}.namespace`, namespace, isPathSegmentName(namespace)))
  return errors
}

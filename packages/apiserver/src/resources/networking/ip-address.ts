import { IPAddress } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldInvalid,
  fieldRequired,
  formatIP,
  parseIP,
} from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { nameColumn } from '../columns.ts'
import { immutable } from '../fields.ts'

/** One address of a service range; its name is the address, its parent the Service that has it. */
export const ipAddresses = defineResource(IPAddress, {
  shortNames: ['ip'],
  validateName: refusalsOfName,
  validate,
  validateUpdate: (address, old) => immutable('spec.parentRef', address.spec?.parentRef, old.spec?.parentRef),
  columns: [nameColumn(), { name: 'ParentRef', type: 'string', value: parentText }],
  selectableFields: {
    'spec.parentRef.group': ({ spec }) => spec?.parentRef?.group ?? '',
    'spec.parentRef.resource': ({ spec }) => spec?.parentRef?.resource ?? '',
    'spec.parentRef.namespace': ({ spec }) => spec?.parentRef?.namespace ?? '',
    'spec.parentRef.name': ({ spec }) => spec?.parentRef?.name ?? '',
  },
})

function refusalsOfName(name: string): string[] {
  const ip = parseIP(name)
  return ip && formatIP(ip) === name ? [] : ['must be a valid IP address in canonical form']
}

function parentText({ spec }: DeepReadonly<IPAddress>): string {
  const { group, resource = '', namespace, name = '' } = spec?.parentRef ?? {}
  const kind = group ? `${resource}.${group}` : resource
  return [kind, ...(namespace ? [namespace] : []), name].join('/')
}

function validate({ spec, metadata }: DeepReadonly<IPAddress>): FieldError[] {
  const parent = spec?.parentRef
  if (!parent) return [fieldRequired('spec.parentRef')]
  const errors: FieldError[] = []
  if (!parent.resource) errors.push(fieldRequired('spec.parentRef.resource'))
  if (!parent.name) errors.push(fieldRequired('spec.parentRef.name'))
  for (const detail of refusalsOfName(metadata.name ?? ''))
    errors.push(fieldInvalid('metadata.name', metadata.name, detail))
  return errors
}

import { ServiceCIDR } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldInvalid,
  fieldRequired,
  fieldTooMany,
  isIPv4,
  isValidCIDR,
  parseCIDR,
} from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { immutable } from '../fields.ts'

export const serviceCIDRs = defineResource(ServiceCIDR, {
  generation: true,
  validate,
  validateUpdate: (range, old) => immutable('spec.cidrs', range.spec?.cidrs, old.spec?.cidrs),
  status: { initial: () => ({}) },
  columns: [
    nameColumn(),
    { name: 'CIDRs', type: 'string', value: (range) => (range.spec?.cidrs ?? []).join(',') },
    ageColumn(),
  ],
})

function validate({ spec }: DeepReadonly<ServiceCIDR>): FieldError[] {
  const cidrs = spec?.cidrs ?? []
  if (cidrs.length === 0) return [fieldRequired('spec.cidrs', 'at least one CIDR required')]
  if (cidrs.length > 2) return [fieldTooMany('spec', cidrs.length, 2)]
  const errors = cidrs.flatMap((cidr, i) =>
    isValidCIDR(cidr).map((detail) => fieldInvalid(`spec.cidrs[${i}]`, cidr, detail)),
  )
  const families = new Set(cidrs.flatMap((cidr) => parseCIDR(cidr) ?? []).map(({ ip }) => isIPv4(ip)))
  if (errors.length === 0 && cidrs.length === 2 && families.size === 1) {
    errors.push(fieldInvalid('spec', cidrs, 'may specify no more than one IP for each IP family'))
  }
  return errors
}

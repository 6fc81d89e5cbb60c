import { ServiceCIDR } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldInvalid,
  fieldRequired,
  isIPv4,
  isValidCIDR,
  parseCIDR,
} from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'

export const serviceCIDRs = defineResource(ServiceCIDR, {
  generation: true,
  validate,
  validateUpdate,
  status: { initial: () => ({}) },
  columns: [
    nameColumn(),
    { name: 'CIDRs', type: 'string', value: (range) => (range.spec?.cidrs ?? []).join(',') },
    ageColumn(),
  ],
})

/** As pkg/apis/networking/validation `ValidateServiceCIDR`; what does not change is not checked again. */
function validate(range: DeepReadonly<ServiceCIDR>, old?: DeepReadonly<ServiceCIDR>): FieldError[] {
  return old ? [] : validateRanges(range.spec?.cidrs ?? [])
}

function validateRanges(cidrs: readonly string[]): FieldError[] {
  const field = 'spec.cidrs'
  if (cidrs.length === 0) return [fieldRequired(field, 'at least one CIDR required')]
  if (cidrs.length > 2) return [fieldInvalid(field, { CIDRs: cidrs }, 'may only hold up to 2 values')]
  const errors = cidrs.flatMap((cidr, i) =>
    isValidCIDR(cidr).map((detail) => fieldInvalid(`${field}[${i}]`, cidr, detail)),
  )
  const families = cidrs.flatMap((cidr) => parseCIDR(cidr) ?? []).map(({ ip }) => isIPv4(ip))
  if (families.length === 2 && families[0] === families[1]) {
    const detail = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'
    errors.push(fieldInvalid(field, cidrs, detail))
  }
  return errors
}

/** A range may get a second one, of the other family; nothing else changes. */
function validateUpdate({ spec }: DeepReadonly<ServiceCIDR>, { spec: old }: DeepReadonly<ServiceCIDR>): FieldError[] {
  const [next, before] = [spec?.cidrs ?? [], old?.cidrs ?? []]
  const detail = 'field is immutable'
  const changed = before.flatMap((cidr, i) =>
    next[i] === cidr ? [] : [fieldInvalid(`spec.cidrs[${i}]`, next[i] ?? '', detail)],
  )
  if (next.length === before.length) return changed
  if (before.length === 1 && next.length === 2) return [...changed, ...validateRanges(next)]
  return [fieldInvalid('spec.cidrs', next, detail)]
}

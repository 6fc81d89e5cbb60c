import type { Node, Taint } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isQualifiedName,
  isValidCIDRForLegacyField,
  isValidLabelValue,
  semanticEqual,
} from '@wherry/apimachinery'
import { refusals } from '../fields.ts'
import { validateQuantity } from '../quantities.ts'

type Value = DeepReadonly<Node>

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

/** As `ValidateNode`. */
export function validateNode({ spec, status }: Value): FieldError[] {
  const errors = validateTaints(spec?.taints ?? [], 'spec.taints')
  for (const [name, text] of Object.entries(status?.capacity ?? {})) {
    errors.push(...validateQuantity(text, `status.capacity[${name}]`))
  }
  for (const [name, text] of Object.entries(status?.allocatable ?? {})) {
    errors.push(...validateQuantity(text, `status.allocatable[${name}]`))
  }
  for (const [i, cidr] of (spec?.podCIDRs ?? []).entries()) {
    errors.push(...refusals(`spec.podCIDRs[${i}]`, cidr, isValidCIDRForLegacyField(cidr)))
  }
  if (spec?.podCIDRs && spec.podCIDRs.length > 2) {
    const detail = 'may specify no more than one CIDR for each IP family'
    errors.push(fieldInvalid('spec.podCIDRs', spec.podCIDRs, detail))
  }
  return errors
}

/** As `ValidateNodeUpdate`: what is set once stays. */
export function validateNodeUpdate(node: Value, old: Value): FieldError[] {
  const errors: FieldError[] = []
  const addresses = new Set<string>()
  for (const [i, address] of (node.status?.addresses ?? []).entries()) {
    const key = JSON.stringify([address.type, address.address])
    if (addresses.has(key)) errors.push(fieldDuplicate(`status.addresses[${i}]`, address))
    addresses.add(key)
  }
  const before = old.spec?.podCIDRs ?? []
  if (before.length > 0 && !semanticEqual(node.spec?.podCIDRs, before)) {
    errors.push(fieldForbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'))
  }
  if (old.spec?.providerID && node.spec?.providerID !== old.spec.providerID) {
    errors.push(fieldForbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'))
  }
  return errors
}

function validateTaints(taints: DeepReadonly<Taint[]>, field: string): FieldError[] {
  const errors: FieldError[] = []
  const seen = new Set<string>()
  for (const [i, { key = '', value = '', effect }] of taints.entries()) {
    const at = `${field}[${i}]`
    errors.push(...refusals(`${at}.key`, key, isQualifiedName(key)))
    errors.push(...refusals(`${at}.value`, value, isValidLabelValue(value)))
    if (!effect) errors.push(fieldRequired(`${at}.effect`))
    else if (!effects.includes(effect)) errors.push(fieldNotSupported(`${at}.effect`, effect, effects))
    if (seen.has(`${key}\0${effect}`)) {
      errors.push({
        ...fieldDuplicate(at, { key, value, effect }),
        detail: 'taints must be unique by key and effect pair',
      })
    }
    seen.add(`${key}\0${effect}`)
  }
  return errors
}

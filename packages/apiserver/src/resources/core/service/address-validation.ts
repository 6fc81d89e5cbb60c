import type { ServiceSpec } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isValidIPForLegacyField,
} from '@wherry/apimachinery'
import { refusals } from '../../fields.ts'
import { isHeadless } from './types.ts'

type Spec = DeepReadonly<ServiceSpec>

const families = ['IPv4', 'IPv6']
const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack']

/** Cluster addresses and their families. As `ValidateServiceClusterIPsRelatedFields`. */
export function validateAddresses(spec: Spec): FieldError[] {
  // What an ExternalName may not have is refused with its type.
  if (spec.type === 'ExternalName') return []
  return [...validateSynced(spec), ...validateFamilies(spec), ...validateClusterIPs(spec)]
}

function validateSynced({ clusterIP = '', clusterIPs = [] }: Spec): FieldError[] {
  const field = 'spec.clusterIPs'
  if (clusterIP === '') {
    if (clusterIPs.length === 0) return []
    return [fieldInvalid(field, clusterIPs, 'must be empty when `clusterIP` is not specified')]
  }
  if (clusterIPs.length === 0) return [fieldRequired(field)]
  return clusterIPs[0] === clusterIP ? [] : [fieldInvalid(field, clusterIPs, 'first value must match `clusterIP`')]
}

function validateFamilies({ ipFamilies = [], ipFamilyPolicy: policy }: Spec): FieldError[] {
  const errors: FieldError[] = []
  for (const [i, family] of ipFamilies.entries()) {
    if (!families.includes(family)) errors.push(fieldNotSupported(`spec.ipFamilies[${i}]`, family, families))
    if (ipFamilies.indexOf(family) < i) errors.push(fieldDuplicate(`spec.ipFamilies[${i}]`, family))
  }
  if (policy !== undefined && !policies.includes(policy)) {
    errors.push(fieldNotSupported('spec.ipFamilyPolicy', policy, policies))
  }
  return errors
}

function validateClusterIPs({ clusterIPs = [], ipFamilies = [] }: Spec): FieldError[] {
  const field = 'spec.clusterIPs'
  const refused = clusterIPs.flatMap((ip, i) => {
    if (i > 0 || ip !== 'None') return refusals(`${field}[${i}]`, ip, isValidIPForLegacyField(ip))
    return clusterIPs.length > 1 ? [fieldInvalid(field, clusterIPs, "'None' must be the first and only value")] : []
  })
  const errors = [...refused]
  if (clusterIPs.length > 2) errors.push(fieldInvalid(field, clusterIPs, 'may only hold up to 2 values'))
  // What follows would only repeat it in other words.
  if (refused.length > 0) return errors
  const isIPv6 = (ip: string) => ip.includes(':')
  if (clusterIPs.length > 1 && new Set(clusterIPs.map(isIPv6)).size < 2) {
    errors.push(fieldInvalid(field, clusterIPs, 'may specify no more than one IP for each IP family'))
  }
  if (clusterIPs[0] === 'None') return errors
  for (const [i, ip] of clusterIPs.entries()) {
    const family = ipFamilies[i]
    if ((family === 'IPv4' && isIPv6(ip)) || (family === 'IPv6' && !isIPv6(ip))) {
      const detail = `expected an ${family} value as indicated by \`ipFamilies[${i}]\``
      errors.push(fieldInvalid(`${field}[${i}]`, ip, detail))
    }
  }
  return errors
}

/** The primary address stays, unless the type changes from or to one without. As `validateUpgradeDowngradeClusterIPs`. */
export function validateAddressesUpdate(spec: Spec, old: Spec): FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName' || (isHeadless(spec) && isHeadless(old))) return []
  const [now, before] = [spec.clusterIPs ?? [], old.clusterIPs ?? []]
  const refuse = (i: number, detail: string) => fieldInvalid(`spec.clusterIPs[${i}]`, now, detail)
  if (now.length === before.length) {
    return before.flatMap((ip, i) => (now[i] === ip ? [] : [refuse(i, 'may not change once set')]))
  }
  const errors: FieldError[] = []
  if (now.length === 0) errors.push(refuse(0, 'primary clusterIP can not be unset'))
  if (now.length > 0 && before.length > 0 && now[0] !== before[0]) errors.push(refuse(0, 'may not change once set'))
  return now.length === 1 && before.length > 1 ? [...errors, ...released(spec, 'secondary clusterIP')] : errors
}

/** The same for families. As `validateUpgradeDowngradeIPFamilies`. */
export function validateFamiliesUpdate(spec: Spec, old: Spec): FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName' || isHeadless(spec) || isHeadless(old)) return []
  const [now, before] = [spec.ipFamilies ?? [], old.ipFamilies ?? []]
  const refuse = (value: readonly string[], detail: string) => fieldInvalid('spec.ipFamilies[0]', value, detail)
  if (now.length === before.length) {
    return before.flatMap((family, i) => (now[i] === family ? [] : [refuse(now, 'may not change once set')]))
  }
  const errors: FieldError[] = []
  if (now.length < before.length && !spec.clusterIPs?.length) {
    errors.push(refuse(now, 'primary ipFamily can not be unset'))
  }
  if (now.length > 0 && before.length > 0 && now[0] !== before[0]) {
    errors.push(refuse(spec.clusterIPs ?? [], 'may not change once set'))
  }
  return now.length === 1 && before.length > 1 ? [...errors, ...released(spec, 'secondary ipFamily')] : errors
}

function released({ ipFamilyPolicy }: Spec, what: string): FieldError[] {
  if (ipFamilyPolicy === 'SingleStack') return []
  return [
    fieldInvalid('spec.ipFamilyPolicy', ipFamilyPolicy, `must be set to 'SingleStack' when releasing the ${what}`),
  ]
}
